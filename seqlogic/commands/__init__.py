"""The subcommands of `seqlogic`, one module each; `seqlogic.cli` imports the one that is called."""
