"""Hidden tests of a submission that is known: the grader tries itself out on it."""

from answers import Check, agree

CHECKS = {
    "right": Check(lambda answer: agree(answer, 42), "the answer"),
    "wrong": Check(lambda answer: agree(answer, 42), "the answer"),
    "function": Check(lambda answer: agree(answer(21.0), 42.0), "twice as much"),
}
