"""What people do on the page, and what the others see of it."""

from pathlib import Path
from typing import Final

from playwright.async_api import Locator, expect

from tests.browser.conftest import Serve, Visit
from tests.support.browser import Watcher, words
from tests.support.browser_city import Server, Streets, listening, only, reporting

# A shortage is one at once; what is proposed against it waits for a person.
SHORTAGE: Final = "min_on_shift = 1\nfor_s = 0\ncritical_for_s = 0\nmode = "
PUSHES: Final = """
[targets.telephones]
type = "mqtt"
source = "broker"
[actions.push_couriers]
plan_every_s = 1
control_share = 0
radius_m = 20000
answer_s = 20
window_s = 6
"""
PAUSES: Final = """
[targets.tablets]
type = "mqtt"
source = "broker"
[actions.pause_venue]
pause_min = 0.05
"""
SEEN_MS: Final = 1_000

# Notes in the page when a text first stands there, and when a button was last pressed.
NOTE: Final = """(text) => {
  window.seenAt = null;
  const look = () => {
    if (document.body.innerText.includes(text)) window.seenAt ??= Date.now();
  };
  const all = {subtree: true, childList: true, characterData: true};
  new MutationObserver(look).observe(document.body, all);
  addEventListener('click', () => (window.pressedAt = Date.now()), true);
}"""
# A slow line: what comes while `held` is a list waits in it.
SLOW: Final = """
window.WebSocket = class extends WebSocket {
  set onmessage(hear) {
    const late = (event) => (window.held ? window.held.push(() => hear(event)) : hear(event));
    super.onmessage = hear === null ? null : late;
  }
}"""
LET_GO: Final = (
    "() => { const all = window.held; window.held = null; for (const one of all) one(); }"
)


async def shortage(server: Server, spare: int = 6) -> Streets:
    """Six orders wait at the station, where one courier is; others are free in the next zone."""
    streets = Streets(server)
    await streets.venue("v1", "station", "Blue Door")
    await streets.courier("anna", "station")
    await streets.couriers_at("market-square", *(f"free{n}" for n in range(spare)))
    await streets.orders("v1", "station", *(f"o{n}" for n in range(6)))
    return streets


def card(person: Watcher) -> Locator:
    """The shortage in the feed."""
    return person.card(words("rule.zone_shortage"))


async def test_what_one_acknowledges_the_other_sees_within_a_second(
    serve: Serve, visit: Visit
) -> None:
    """A shortage appears by itself; who has seen it stands on both pages."""
    server = await serve(only(zone_shortage=SHORTAGE + '"off"'))
    wanda, walt = await visit(server), await visit(server, "walt")
    for person in (wanda, walt):
        await person.until_live()
        await expect(card(person)).to_have_count(0)
        await person.eval(NOTE, words("holder.acked", name="wanda"))
    streets = await shortage(server)
    async with reporting(streets):
        for person in (wanda, walt):
            await expect(card(person)).to_contain_text("Station")
        await wanda.button(words("button.ack"), card(wanda)).click()
        for person in (wanda, walt):
            await expect(card(person)).to_contain_text(words("holder.acked", name="wanda"))
        pressed, seen = await wanda.eval("window.pressedAt"), await walt.eval("window.seenAt")
        assert seen - pressed < SEEN_MS


async def test_a_push_is_looked_at_sent_and_its_effect_is_shown(
    serve: Serve, visit: Visit, pictures: Path
) -> None:
    """The couriers named beforehand get the letters; one says yes and comes; the page tells."""
    server = await serve(only(zone_shortage=SHORTAGE + '"off"') + PUSHES)
    wanda = await visit(server)
    streets = await shortage(server)
    async with reporting(streets), listening(server) as ears:
        await wanda.button(words("button.push"), card(wanda)).click()
        dialog = wanda.page.get_by_role("dialog")
        rows = dialog.locator("tbody tr")
        await expect(rows.first).to_be_visible()
        await wanda.page.screenshot(path=pictures / "people-push.png")
        named = [await row.locator(".pick").inner_text() for row in await rows.all()]
        left_out, asked = named[-1], named[:-1]
        await dialog.get_by_label(words("plan.ask_one", courier=left_out)).uncheck()
        await dialog.get_by_label(words("field.reason")).fill("a queue at the bridge")
        await wanda.button(words("dialog.push.do", count=len(asked)), dialog).click()
        await expect(dialog).to_have_count(0)
        letters = [await ears.until(courier_id=name) for name in asked]
        assert left_out not in [letter["courier_id"] for letter in ears.letters]
        progress = words("action.progress.push", state="", count=len(asked), accepted=0, arrived=0)
        await expect(card(wanda)).to_contain_text(progress.strip(": "))
        first = letters[0]
        streets.couriers[first["courier_id"]]["zone"] = "station"
        answer = {"type": "courier.push_response", "response": "accepted"}
        await streets.tell(answer | {k: first[k] for k in ("courier_id", "push_id")})
        await streets.delivered("o0", "o1", "o2", "o3", "o4", "o5")
        await wanda.page.get_by_role("tab", name=words("tab.actions")).click()
        await expect(wanda.page.locator("#alerts-panel")).to_contain_text(
            words("action.state.effective")
        )


async def test_two_decide_at_once_and_one_is_told_who_was_first(serve: Serve, visit: Visit) -> None:
    """Both press Approve on the same proposal: one push is sent, the later one reads why not."""
    server = await serve(only(zone_shortage=SHORTAGE + '"propose"') + PUSHES)
    wanda = await visit(server, script=SLOW)
    walt = await visit(server, "walt", script=SLOW)
    people = {"wanda": wanda, "walt": walt}
    streets = await shortage(server)
    async with reporting(streets):
        for one in people.values():
            await expect(one.button(words("button.approve"), card(one))).to_be_visible()
            await one.eval("window.held = []")
        for one in people.values():
            await one.button(words("button.approve"), card(one)).click()
        for one in people.values():
            await one.eval(LET_GO)
        for one in people.values():
            await expect(one.button(words("button.approve"), card(one))).to_have_count(0)
        (action,) = (await server.monitor.get("/v1/actions?city=demo"))["items"]
        first = action["approved_by"]
        (other,) = set(people) - {first}
        told = words("refusal.changed", by=first).split(",")[0]
        await expect(people[other].page.get_by_role("alert")).to_contain_text(told)
        await expect(people[first].page.get_by_role("alert")).to_have_count(0)


async def test_a_venue_is_paused_by_hand_and_resumes_by_itself(serve: Serve, visit: Visit) -> None:
    """Its tablet hears both, and the page shows how long the pause lasts and that it is over."""
    server = await serve(only() + PAUSES)
    streets = Streets(server)
    await streets.venue("v1", "station", "Blue Door")
    wanda = await visit(server, path="?city=demo&show=venue:v1")
    async with reporting(streets), listening(server) as ears:
        detail = wanda.page.locator("#detail")
        await wanda.button(words("button.pause"), detail).click()
        dialog = wanda.page.get_by_role("dialog")
        await dialog.get_by_label(words("field.reason")).fill("the oven is broken")
        await wanda.button("Pause for", dialog).click()
        await ears.until(change="pause")
        await expect(detail.locator(".paused")).to_be_visible()
        await ears.until(change="resume")
        await expect(detail.locator(".paused")).to_have_count(0)
        await expect(wanda.button(words("button.pause"), detail)).to_be_visible()


async def test_who_may_only_look_is_offered_nothing_and_refused_by_the_server(
    serve: Serve, visit: Visit
) -> None:
    """A viewer sees the alert without buttons; a command of his own making is forbidden."""
    server = await serve(only(zone_shortage=SHORTAGE + '"propose"') + PUSHES)
    vera = await visit(server, "vera")
    streets = await shortage(server)
    async with reporting(streets):
        await expect(card(vera)).to_contain_text(words("action.line.push_couriers", name="Station"))
        for key in ("ack", "claim", "silence", "note", "push", "approve", "reject"):
            await expect(vera.button(words(f"button.{key}"), card(vera))).to_have_count(0)
        (alert,) = (await server.monitor.get("/v1/alerts?city=demo"))["items"]
        refused = await vera.eval(
            """async ([id, token]) => {
              const {stream_port: port} = await (await fetch('v1/page')).json();
              const socket = new WebSocket(`ws://${location.hostname}:${port}/v1/stream`);
              await new Promise((open) => (socket.onopen = open));
              socket.send(JSON.stringify({type: 'hello', protocol: 1, token}));
              const args = {city: 'demo', alert_id: id};
              socket.send(JSON.stringify({type: 'command', id: 'c', command: 'ack', args}));
              return await new Promise((told) => (socket.onmessage = ({data}) => {
                const message = JSON.parse(data);
                if (message.type === 'result') { socket.close(); told(message); }
              }));
            }""",
            [alert["id"], "vera-vera-token"],
        )
        assert (refused["ok"], refused["code"]) == (False, "forbidden")
        assert (await server.monitor.get(f"/v1/alerts/{alert['id']}"))["acked_by"] is None
