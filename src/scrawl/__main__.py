"""The command `scrawl`, as `python -m scrawl`: of any interpreter that finds the package."""

from scrawl.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
