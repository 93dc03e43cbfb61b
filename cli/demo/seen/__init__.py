"""What can be seen of the pipeline by reading its topics. Pure but for `watch`: records in, figures out."""
