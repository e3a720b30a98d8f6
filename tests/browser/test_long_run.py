"""What the page costs: to load, and to leave open for a whole shift."""

from typing import Final

from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import words
from tests.support.browser_city import CITY, Server, Streets, only

FIRST_LOAD_BYTES: Final = 600_000
STEPS: Final = 120
STEP_MS: Final = 240_000  # eight hours in all
EACH_STEP: Final = 168  # deltas: 20,160 in all
WARM: Final = 20  # steps until what is bounded is nearly full
GROWTH: Final = 1.15
SPARE_BYTES: Final = 500_000

# Keeps the last snapshot, and lets deltas of the test's own in as if they came over the line.
TAPPED: Final = """
window.taken = {};
window.WebSocket = class extends WebSocket {
  set onmessage(hear) {
    super.onmessage = hear;
    window.hear = hear;
    if (hear === null) return;
    this.addEventListener('message', ({data}) => {
      const message = typeof data === 'string' ? JSON.parse(data) : {};
      if (message.type === 'snapshot') Object.assign(window.taken, message.layers);
    });
  }
}"""

# Some minutes of a busy city: every zone and venue changes, alerts and actions begin and end.
BUSY: Final = """async ([city, step, count]) => {
  const now = Date.now();
  const {zones, venues, alerts, actions} = window.taken;
  const tell = (layer, items, gone = []) => {
    const seq = (window.seq = (window.seq ?? 1e9) + 1);
    const delta = {type: 'delta', seq, prev: 0, ts: now, city, layer, items, gone};
    window.hear({data: JSON.stringify(delta)});
  };
  const wave = (n) => Math.abs(Math.round(20 * Math.sin(step / 7 + n)));
  const id = (n) => `${step}-${n}`;
  for (let n = 0; n < count; n += 6) {
    const busy = (zone, i) => ({...zone, open: wave(i + n), ratio: wave(i + n) / 8, ts: now});
    tell('zones', zones.map(busy));
    tell('venues', venues.map((one, i) => ({...one, overdue: wave(i), mean_overrun_min: wave(n)})));
    const name = `order-${id(n)}`;
    const began = {
      ...alerts[0], id: id(n), rule: 'order_late', subject: {kind: 'order', id: name},
      about: {order: name}, started_ts: now, fired_ts: now, updated_ts: now, actions: [id(n)],
    };
    tell('alerts', [began]);
    const action = {...actions[0], id: id(n), alert: id(n), alerts: [id(n)], created_ts: now};
    tell('actions', [action]);
    const before = step > 0 ? `${step - 1}-${n}` : id(n);
    const ended = {state: 'resolved', resolved_ts: now, ended: 'recovered'};
    tell('alerts', [{...began, id: before, ...ended}]);
    tell('actions', [], [before]);
  }
  await new Promise((drawn) => requestAnimationFrame(drawn));
}"""


async def prepared(server: Server) -> None:
    """A city with one shortage and one proposal, to be told of in other words."""
    streets = Streets(server)
    for n, zone in enumerate(("station", "lindens", "university")):
        await streets.venue(f"v{n}", zone, f"Kitchen {n}")
    await streets.couriers_at("market-square", "c0", "c1", "c2")
    await streets.courier("c3", "station")
    await streets.orders("v0", "station", *(f"o{n}" for n in range(6)))
    await server.monitor.until("/v1/actions", lambda told: told["items"])


PROPOSED: Final = """min_on_shift = 1
for_s = 0
critical_for_s = 0
mode = "propose"
"""
PUSHES: Final = """
[targets.telephones]
type = "mqtt"
source = "broker"
[actions.push_couriers]
plan_every_s = 1
radius_m = 20000
"""


async def test_the_first_load_is_small(lunch: Server, visit: Visit) -> None:
    """All that goes over the network until the picture is there, as it was sent."""
    wanda = await visit(lunch)
    await wanda.until_live()
    await wanda.until("() => window.__citywatch?.overlay?.drawn > 0")
    assert 100_000 < wanda.received <= FIRST_LOAD_BYTES


async def test_a_page_left_open_for_a_shift_does_not_grow(serve: Serve, visit: Visit) -> None:
    """Eight hours with twenty thousand deltas, told as fast as they are drawn, leave no more."""
    server = await serve(only(zone_shortage=PROPOSED) + PUSHES)
    await prepared(server)
    wanda = await visit(server, script=TAPPED, clock=True)
    await wanda.until_live()
    await wanda.until("() => window.taken.alerts?.length && window.taken.actions?.length")
    warm = 0.0
    for step in range(STEPS):
        await wanda.eval(BUSY, [CITY, step, EACH_STEP])
        await wanda.page.clock.fast_forward(STEP_MS)
        if step == WARM:
            warm = await wanda.heap()
    cold = await wanda.heap()
    # It was all drawn: the last step's orders are there, and nothing else of theirs.
    count = wanda.card(words("rule.order_late")).locator("h3 .count")
    await expect(count).to_contain_text(str(EACH_STEP // 6))
    assert cold < warm * GROWTH + SPARE_BYTES, (warm, cold)
