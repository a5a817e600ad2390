"""The vectors of diagnosis, in the order in which the documentation lists the files."""

from accidents import body, combined, header, none, secret, time

TOPICS = [module.topic for module in (secret, header, body, time, combined, none)]
