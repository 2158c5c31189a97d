"""Run the command line as ``python -m dataaug``."""

from dataaug.cli.app import main

if __name__ == "__main__":
    main()
