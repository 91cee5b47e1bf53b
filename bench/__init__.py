"""Speed, measured: each figure beside its reference in the same run. `make bench` prints the table."""
