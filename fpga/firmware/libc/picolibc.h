/*
 * The configuration of picolibc 1.7.9 that its meson.build arrives at with the options of LiteX, as far as what is
 * compiled of it looks at it.
 */

#pragma once

#define FAST_STRCMP
#define PREFER_SIZE_OVER_SPEED
#define TINY_STDIO
#define POSIX_IO
#define _ELIX_LEVEL 4
#define _HAVE_ALIAS_ATTRIBUTE
#define _HAVE_ALLOC_SIZE
#define _HAVE_ATTRIBUTE_ALWAYS_INLINE
#define _HAVE_ATTRIBUTE_GNU_INLINE
#define _HAVE_BITFIELDS_IN_PACKED_STRUCTS
#define _HAVE_BUILTIN_ADD_OVERFLOW
#define _HAVE_BUILTIN_ALLOCA
#define _HAVE_BUILTIN_CTZ
#define _HAVE_BUILTIN_CTZL
#define _HAVE_BUILTIN_CTZLL
#define _HAVE_BUILTIN_EXPECT
#define _HAVE_BUILTIN_FFS
#define _HAVE_BUILTIN_FFSL
#define _HAVE_BUILTIN_FFSLL
#define _HAVE_BUILTIN_MUL_OVERFLOW
#define _HAVE_CC_INHIBIT_LOOP_TO_LIBCALL
#define _HAVE_FORMAT_ATTRIBUTE
#define _HAVE_LONG_DOUBLE
#define _HAVE_WEAK_ATTRIBUTE
#define _IEEE_LIBM
#define _MB_LEN_MAX 1
#define _RETARGETABLE_LOCKING
#define _WANT_IO_C99_FORMATS
#define _WANT_IO_LONG_LONG
#define _NEWLIB_VERSION "4.1.0"
#define __NEWLIB__ 4
#define __NEWLIB_MINOR__ 1
#define __NEWLIB_PATCHLEVEL__ 0
#define _PICOLIBC_VERSION "1.7.9"
#define _PICOLIBC__ 1
#define _PICOLIBC_MINOR__ 7
#define __PICOLIBC_VERSION__ "1.7.9"
#define __PICOLIBC__ 1
#define __PICOLIBC_MINOR__ 7
#define __PICOLIBC_PATCHLEVEL__ 9
