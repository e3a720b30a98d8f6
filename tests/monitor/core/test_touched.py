"""Rows that wait for a judgement: in what order they come, and which orders are among them."""

import numpy as np

from monitor.core.judging.city import look_at_everything
from monitor.core.tables.touched import Touched
from tests.support.cities import placed, problem, steps
from tests.support.towns import Story, only, town


def test_touched_rows_come_once_in_their_order() -> None:
    """Rows touched singly, many at once and by a deadline come ascending, each once, and then no
    more."""
    touched = Touched([7])
    touched.add(3)
    touched.update_many(np.array([1, 3, 9]))
    touched.update_many(np.array([1, 4]))
    assert 9 in touched
    assert 7 in touched
    assert 2 not in touched
    assert set(touched) == {1, 3, 4, 7, 9}
    assert touched.take_with(np.array([4, 8])).tolist() == [1, 3, 4, 7, 8, 9]
    assert not touched
    assert touched.take_with(np.array([5])).tolist() == [5]


def test_orders_that_are_over_are_not_looked_at_again() -> None:
    """A feed that comes back has all open orders judged, and of the delivered ones only those that
    an alert lives of."""
    told = Story(town(only("order_problem", "order_late")))
    told.say(0, placed(0, "open"), placed(0, "over"), placed(0, "wrong"))
    for order_id in ("over", "wrong"):
        told.say(100, *steps(order_id, 10, 20, 30, 100))
    told.say(110, problem(110, order_id="wrong"))
    told.until(120)
    look_at_everything(told.city)
    orders, touched = told.city.orders, told.city.touched_orders
    assert {orders.id(row) for row in touched} == {"open", "wrong"}
