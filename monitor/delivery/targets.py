"""From the settings of a target to the target. Called by the composition root and by drills."""

from collections.abc import Callable

from config.targets import (
    AlertmanagerSettings,
    MqttTargetSettings,
    SlackSettings,
    TargetSettings,
    TelegramSettings,
    WebhookSettings,
)
from monitor.delivery.alertmanager import AlertmanagerTarget
from monitor.delivery.chat import SlackTarget, TelegramTarget
from monitor.delivery.http import HttpClient
from monitor.delivery.target import Target
from monitor.delivery.webhook import WebhookTarget
from monitor.runtime.clock import Clock

# Makes the target on a broker; whoever calls has the connections.
MakeMqtt = Callable[[str, MqttTargetSettings], Target]


def make_target(
    name: str, settings: TargetSettings, http: HttpClient, clock: Clock, make_mqtt: MakeMqtt
) -> Target:
    """The target that `[targets.NAME]` describes; `http` must be open when it delivers."""
    match settings:
        case WebhookSettings():
            return WebhookTarget(name, settings, http, clock)
        case SlackSettings():
            return SlackTarget(name, settings, http)
        case TelegramSettings():
            return TelegramTarget(name, settings, http)
        case AlertmanagerSettings():
            return AlertmanagerTarget(name, settings, http, clock)
        case MqttTargetSettings():
            return make_mqtt(name, settings)
