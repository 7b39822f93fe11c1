"""The OpenAPI document, made from the table of routes, the models and the shapes of bodies."""
