"""What the bot says of itself: commands, name and descriptions, each by language."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fakes._telegram_chats import Json
from fakes._telegram_methods import Method
from fakes._telegram_wire import Call, breach

# method's ending -> (field, most characters)
_TEXTS = {
    "MyName": ("name", 64),
    "MyDescription": ("description", 512),
    "MyShortDescription": ("short_description", 120),
}


class Profile:
    """The methods on it. Who calls holds the lock."""

    def __init__(self, bot: Json) -> None:
        self._bot = bot
        self.commands: dict[tuple[str, str], list[Json]] = {}  # (scope as JSON, language) -> commands
        self.texts: dict[tuple[str, str], str] = {("name", ""): bot["first_name"]}  # (field, language) -> text
        self.methods: Mapping[str, Method] = {
            "getMe": self._me,
            "setMyCommands": self._set_commands,
            "getMyCommands": lambda call: self.commands.get(_key(call), []),
            "deleteMyCommands": self._delete_commands,
            **{f"set{ending}": self._setter(*limit) for ending, limit in _TEXTS.items()},
            **{f"get{ending}": self._getter(field) for ending, (field, _) in _TEXTS.items()},
        }

    def _me(self, _: Call) -> Json:
        abilities = {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        return {**self._bot, **abilities}

    def _set_commands(self, call: Call) -> bool:
        commands = call.json("commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise breach("BOT_COMMANDS_TOO_MUCH" if isinstance(commands, list) else "can't parse commands JSON object")
        for command in commands:
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(command.get("command", ""))):
                raise breach("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise breach("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[_key(call)] = commands
        return True

    def _delete_commands(self, call: Call) -> bool:
        self.commands.pop(_key(call), None)
        return True

    def _setter(self, field: str, most: int) -> Method:
        def change(call: Call) -> bool:
            if len(call.text(field)) > most:
                raise breach(f"{field.replace('_', ' ')} is too long")
            self.texts[field, call.text("language_code")] = call.text(field)
            return True

        return change

    def _getter(self, field: str) -> Method:
        def tell(call: Call) -> Json:
            default = self.texts.get((field, ""), "")
            return {field: self.texts.get((field, call.text("language_code")), default)}

        return tell


def _key(call: Call) -> tuple[str, str]:
    scope: Any = call.json("scope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), call.text("language_code")
