#!/usr/bin/env bash
# Runs the official benchmarks: a thin front for `go tool mage official`.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: scripts/run_official_benchmarks.sh [--quick] [--no-mlx] [--help]

Measures every suite on this host and writes the evidence to
benchmark_results/YYYYMMDD_HHMMSS (UTC).

  --quick    2 runs, 10 s cooldown, a tenth of the time; for a first try
  --no-mlx   leave out the suites that compare with MLX
  --help     show this text

Exit codes: 0 done, 2 refused before measuring, 3 measured but failed,
4 incomplete, resumable.
TEXT
}

flags=()
for arg in "$@"; do
  case $arg in
    --quick) flags+=(-quick) ;;
    --no-mlx) flags+=(-noMLX) ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      echo "unknown option: $arg" >&2
      usage >&2
      exit 2
      ;;
  esac
done

cd "$(dirname "$0")/.."
exec go tool mage official "${flags[@]+"${flags[@]}"}"
