"""What a consumer and an analyst see of a run: the evidence that `cli.verify` judges."""
