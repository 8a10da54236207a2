"""A prepared city: the values of the stages kept on disk, each under the content it was made from."""
