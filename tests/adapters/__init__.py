"""The APIs that an environment is offered by, and the checkers of their libraries."""
