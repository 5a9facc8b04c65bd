"""The subset of Verilog that a core is written in: what does not keep to it is refused before any tool reads it."""

from __future__ import annotations

import re

from seqlogic.errors import InputError
from seqlogic.proof.links import CORE_FILE, TABLE_FILE

__all__ = ["refuse_other_verilog"]

_WORDS: tuple[str, ...] = ("module", "endmodule", "input", "output", "wire", "reg", "signed", "assign", "always", "if")
_WORDS += ("initial", "posedge", "negedge", "begin", "end", "else", "case", "endcase", "default")
_TASKS = ("$readmemh", "$signed", "$unsigned")
# Nobody reads a comment but for these: yosys, and others, skip what stands between two of them.
_PRAGMA = re.compile(r"synopsys|synthesis|translate_o|pragma|parallel_case|full_case|verilator|verific", re.IGNORECASE)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(
    r"""\s+|(?P<number>[0-9]*'s?[bodhBODH][0-9a-fA-FxXzZ_?]+|[0-9]+)|(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)"""
    r"""|(?P<text>"[^"\n]*")|(?P<mark>\(\*\)|[]\[(){};,:=<>&|^~!?+*/%@-])"""
)


def refuse_other_verilog(core: str) -> None:
    """Raise InputError unless a core is one module, without instances, in the few words that LiteX uses for one.

    A proof is of what yosys makes of a text. Directives, pragmas in comments, attributes, other files, and modules of
    other names could make that something else than what other tools make of it, or than what stands there.
    """
    for shown, what in (("`", "a directive"), ("\\", "an escaped name")):
        if shown in core:
            raise _refused(core, core.index(shown), f"{what} of the preprocessor" if shown == "`" else what)
    strange = re.search(r"[^\n\t\x20-\x7e]", core)
    if strange:
        raise _refused(core, strange.start(), f"the character {strange[0]!r}")
    for comment in _COMMENT.finditer(core):
        pragma = _PRAGMA.search(comment[0])
        if pragma:
            raise _refused(core, comment.start() + pragma.start(), f"a comment that tools read: {pragma[0]!r}")
    # Every character keeps its place, so that a message can name the line.
    bare = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), core)
    tokens = _tokens(bare)
    modules = [tokens[at + 1][0] for at in range(len(tokens) - 1) if tokens[at][0] == "module"]
    if modules != ["core"]:
        raise InputError(f"holds the modules {', '.join(modules) or '(none)'}, expected one, core", file=CORE_FILE)
    declared = _declared(tokens)
    for at, (token, kind, place) in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else ("", "mark", 0)
        if kind == "text":
            found = [text for text, _, _ in tokens[max(0, at - 2) : at + 2]]
            if found != ["$readmemh", "(", f'"{TABLE_FILE}"', ","]:
                raise _refused(core, place, f"{token}, so that it may read another file than {TABLE_FILE}")
        elif token == "$readmemh":
            if [text for text, _, _ in tokens[at + 1 : at + 3]] != ["(", f'"{TABLE_FILE}"']:
                raise _refused(core, place, f"{token} of another file than {TABLE_FILE}")
        elif kind == "word" and token not in _WORDS and token not in _TASKS:
            if after[1] == "word" and after[0] not in (*_WORDS, *_TASKS):
                raise _refused(core, place, f"an instance of {token!r}")
            if token not in declared:
                raise _refused(core, place, f"the word {token!r}, which is none of a core and not declared")


def _tokens(bare: str) -> list[tuple[str, str, int]]:
    """The tokens of a text without comments: each as it stands, its kind, and where."""
    tokens, place = [], 0
    while place < len(bare):
        match = _TOKEN.match(bare, place)
        if match is None or (match.lastgroup == "mark" and bare.startswith("(*", place) and match[0] != "(*)"):
            raise _refused(bare, place, f"{bare[place : place + 2].strip()!r}, which is nothing that a core has")
        if match.lastgroup:
            tokens.append((match[0], match.lastgroup, place))
        place = match.end()
    return tokens


def _declared(tokens: list[tuple[str, str, int]]) -> set[str]:
    """The names of the module and of its ports, wires and registers."""
    declared, depth, declares = {"core"}, 0, False
    for token, kind, _ in tokens:
        depth += (token == "[") - (token == "]")
        if token in ("input", "output", "wire", "reg"):
            declares = True
        elif kind == "word" and token not in _WORDS and depth == 0 and declares:
            declared.add(token)
            declares = False
        elif token == ";":
            declares = False
    return declared


def _refused(core: str, place: int, what: str) -> InputError:
    return InputError(f"holds {what}; no core of seqlogic does", file=CORE_FILE, line=core.count("\n", 0, place) + 1)
