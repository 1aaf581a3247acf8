"""The simulator: four phones and a guide on the real turn and outbox. Only in the demonstration."""

from bot.web.simulator.routes import Simulator
from bot.web.simulator.seeding import seed

__all__ = ["Simulator", "seed"]
