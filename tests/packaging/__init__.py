"""What is shipped beside the code: image, compose file, serverless entry, pins, example settings."""
