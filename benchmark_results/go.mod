// Evidence stays out of the project's module.
module benchmark_results
