"""One recovery from the question to the new password, a module a step."""
