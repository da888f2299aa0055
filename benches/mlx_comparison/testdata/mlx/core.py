"""The few names of mlx.core that the baseline uses, lazy as there: an array is
computed when it is evaluated, and not before. The number of softmaxes that were
computed goes to the file EVALUATED at the end."""

import atexit
import math
import os

float32 = "float32"
computed = 0


class array:
    def __init__(self, values, dtype=None, compute=None):
        self.values, self.compute, self.shape = values, compute, None

    def reshape(self, *shape):
        result = array(None, compute=lambda: force(self))
        result.shape = shape[0] if isinstance(shape[0], (list, tuple)) else shape
        return result

    def tolist(self):
        return force(self)


def force(a):
    if a.values is None:
        a.values = a.compute()
    return a.values


def eval(*arrays):
    for a in arrays:
        for each in a if isinstance(a, list) else [a]:
            force(each)


def softmax(x, axis):
    cols = x.shape[-1]

    def compute():
        global computed
        computed += 1
        values, out = force(x), []
        for at in range(0, len(values), cols):
            exps = [math.exp(v - max(values[at : at + cols])) for v in values[at : at + cols]]
            out += [e / sum(exps) for e in exps]
        if os.environ.get("WRONG"):
            out[1] *= 1.5
        return out

    return array(None, compute=compute)


@atexit.register
def report():
    if "EVALUATED" in os.environ:
        with open(os.environ["EVALUATED"], "w") as f:
            f.write(str(computed))
