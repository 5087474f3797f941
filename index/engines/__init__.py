"""The engines behind the port in `index.engine`: one module each, named after what `--engine` calls it."""
