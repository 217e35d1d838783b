"""What the installed plugin costs a pytest run that uses nothing of it: at most 1.05 times bare pytest.

    python benchmarks/startup.py [ROUNDS]

Runs alternate between pytest with the plugin and with `-p no:cxone`, on a file of one empty test, each in a fresh
interpreter. The ratio is that of the fastest runs, since whatever else the machine does only ever adds time; the
medians stand beside it. Bytecode is compiled beforehand, as an installer does. Use an environment without other
plugins: their time makes the ratio look better.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

LIMIT = 1.05
ROUNDS = 21
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]


def seconds(folder: Path, *options: str) -> float:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    begun = time.perf_counter()
    subprocess.run([*PYTEST, *options], cwd=folder / "tests", env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tests").mkdir()
        (folder / "tests" / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        seconds(folder)
        pairs = [(seconds(folder), seconds(folder, "-p", "no:cxone")) for _ in range(rounds)]
    ours, bare = zip(*pairs, strict=True)
    ratio = min(ours) / min(bare)
    print(f"with the plugin: {min(ours) * 1e3:.1f} ms at best, {median(ours) * 1e3:.1f} ms median of {rounds}")
    print(f"with -p no:cxone: {min(bare) * 1e3:.1f} ms at best, {median(bare) * 1e3:.1f} ms median of {rounds}")
    print(f"ratio: {ratio:.3f} at best, {median(ours) / median(bare):.3f} median (limit {LIMIT})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
