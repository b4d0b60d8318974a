"""What an event costs, whether it may, and what it changes in the account: domain 6 and 7.

Each function of an event type checks in the order of domain 8 (steps 12 to 15), then changes the
account and returns a charge: a dict with `kind`, `amount`, `from_bonus` (millionths) and the fields
of its kind.
"""

import uuid

from account import (Reject, add_grants, add_switch, close_session, covered, earlier_switches,
                     is_excluded, latest_expiry, make_room, take, tariff_at, use_accumulator, use_up)
from forms import DAY, format_money, format_time
from rating import f, find_rule, scope_instance

AMOUNT_MAX = 10**15
ACCUMULATED_MAX = 2**53
REVERSIBLE = ("activation", "option_connect", "option_disconnect", "tariff_switch", "traffic", "service")
MEMBERS = ("catalog_version", "tariff", "rule", "option", "service", "session", "reason", "reference",
           "quantity", "unit", "covered_quantity", "accumulated_quantity")


def check_amounts(account, amount, from_account):
    """Rule: domain 8, step 15."""
    if abs(amount) > AMOUNT_MAX or abs(account.balance + from_account) > AMOUNT_MAX:
        raise Reject("amount_overflow")


def paid(account, amount, at):
    """The money grants that cover an amount before the account does, and that nothing overflows."""
    parts = take(account, "money", amount, at)
    check_amounts(account, amount, amount - covered(parts))
    return parts


def of_activation(event, account, _):
    kind = "activation" if event["type"] == "assistant_activated" else "deactivation"
    return {"kind": kind, "amount": 0, "from_bonus": 0}


def of_option(event, account, catalog):
    option, at = event["option"], event["occurred_at"]
    connecting = event["type"] == "option_connected"
    connected = option in account.options
    # Rule: domain 6, Fees: a connected option that the version no longer has can be disconnected.
    if option not in catalog["options"] and (connecting or not connected):
        raise Reject("unknown_option")
    tariff = tariff_at(account, at, catalog)
    if tariff not in catalog["tariffs"]:
        raise Reject("unknown_tariff")
    if connecting and connected:
        raise Reject("option_already_connected")
    if not connecting and not connected:
        raise Reject("option_not_connected")
    if connecting and is_excluded(account, option, catalog):
        raise Reject("option_excluded")
    amount = 0
    if option in catalog["options"]:
        overrides = catalog["tariffs"][tariff]["options"]
        fees = overrides.get(option, catalog["options"][option])
        amount = fees["connect_fee" if connecting else "disconnect_fee"]
    money = paid(account, amount, at)

    if connecting:
        account.options.append(option)
    else:
        account.options.remove(option)
    use_up(account, money)
    return {"kind": "option_connect" if connecting else "option_disconnect",
            "catalog_version": catalog["version"], "tariff": tariff, "option": option,
            "amount": amount, "from_bonus": covered(money), "money_expiry": latest_expiry(money)}


def of_switch(event, account, catalog):
    tariff, at = event["tariff"], event["occurred_at"]
    if tariff not in catalog["tariffs"]:
        raise Reject("unknown_tariff")
    if tariff == tariff_at(account, at, catalog):
        raise Reject("same_tariff")
    # Rule: domain 6, Fees.
    amount = catalog["tariffs"][tariff]["switch_fee"]
    days = catalog["tariffs"][tariff]["free_after_days"]
    earlier = earlier_switches(account, at)
    if days is not None and (not earlier or at - earlier[-1]["occurred_at"] >= days * DAY):
        amount = 0
    money = paid(account, amount, at)

    add_switch(account, at, tariff)
    use_up(account, money)
    return {"kind": "tariff_switch", "catalog_version": catalog["version"], "tariff": tariff,
            "amount": amount, "from_bonus": covered(money), "money_expiry": latest_expiry(money)}


def of_usage(event, account, catalog):
    """Traffic and services. Rule: domain 6."""
    at = event["occurred_at"]
    charge = {"kind": "service", "catalog_version": catalog["version"], "unit": "each"}
    if event["type"] == "traffic_used":
        use, name = "traffic", tariff_at(account, at, catalog)
        quantity = event["bytes_up"] + event["bytes_down"]
        if name not in catalog["tariffs"]:
            raise Reject("unknown_tariff")
        rules = catalog["tariffs"][name]["traffic"]
        bytes_parts = take(account, "bytes", quantity, at)
        charge.update(kind="traffic", tariff=name, unit="byte", covered_quantity=covered(bytes_parts))
    else:
        use, name, quantity = "service", event["service"], event["units"]
        if name not in catalog["services"]:
            raise Reject("unknown_service")
        requires = catalog["services"][name]["requires"]
        if requires is not None and requires not in account.options:
            raise Reject("option_required")
        rules = catalog["services"][name]["rates"]
        bytes_parts = []
        charge.update(service=name)
    rule = find_rule(rules, event, catalog)
    if rule is None:
        raise Reject("no_rate")
    instance = scope_instance(rule, event, catalog)
    key = (use, name, rule["rule"], rule["scope"], instance)
    before = account.accumulators.get(key, 0)
    to_pay = quantity - covered(bytes_parts)
    if before + to_pay > ACCUMULATED_MAX:
        raise Reject("amount_overflow")
    amount = f(rule, before + to_pay) - f(rule, before)
    money = paid(account, amount, at)

    closing = event.get("final", False) and "session" in event
    if instance is not None:
        use_accumulator(account, key, to_pay, closing and rule["scope"] == "session")
    if closing:
        close_session(account, use, event["session"])
    use_up(account, bytes_parts + money)
    if "session" in event:
        charge["session"] = event["session"]
    charge.update(rule=rule["rule"], quantity=quantity, accumulated_quantity=before, amount=amount,
                  from_bonus=covered(money), money_expiry=latest_expiry(money),
                  bytes_expiry=latest_expiry(bytes_parts))
    return charge


def of_bonus(event, account, _):
    amount = -event.get("money", 0)
    leaving = make_room(account, 1, event["occurred_at"])
    check_amounts(account, amount, 0)

    of = "money" if "money" in event else "bytes"
    grant = {"of": of, "left": event[of], "expires_at": event.get("expires_at")}
    add_grants(account, leaving, [grant])
    charge = {"kind": "bonus", "reason": event["reason"], "amount": amount, "from_bonus": amount}
    if of == "bytes":
        charge.update(quantity=event["bytes"], unit="byte")
    return charge


def of_payment(event, account, _):
    check_amounts(account, -event["money"], -event["money"])
    return {"kind": "payment", "reference": event["reference"], "amount": -event["money"], "from_bonus": 0}


def of_reversal(event, account, _):
    """Rule: domain 6, Reversal."""
    charge = account.charges.get(event["charge_id"])
    if charge is None or charge["kind"] not in REVERSIBLE:
        raise Reject("unknown_charge")
    if charge["reversed"]:
        raise Reject("already_reversed")
    new = []
    if charge["from_bonus"] > 0:
        new.append({"of": "money", "left": charge["from_bonus"], "expires_at": charge["money_expiry"]})
    if charge.get("covered_quantity", 0) > 0:
        new.append({"of": "bytes", "left": charge["covered_quantity"], "expires_at": charge["bytes_expiry"]})
    leaving = make_room(account, len(new), event["occurred_at"])
    check_amounts(account, -charge["amount"], charge["from_bonus"] - charge["amount"])

    add_grants(account, leaving, new)
    charge["reversed"] = True
    reversal = {"kind": "reversal", "reversed_kind": charge["kind"], "reason": event["reason"],
                "reverses": event["charge_id"], "amount": -charge["amount"],
                "from_bonus": -charge["from_bonus"]}
    if charge["kind"] == "traffic":
        reversal["covered_quantity"] = -charge["covered_quantity"]
    return reversal


def of_closing(event, account, _):
    return {"kind": "closing", "amount": 0, "from_bonus": 0}


CHARGES = {
    "assistant_activated": of_activation,
    "assistant_deactivated": of_activation,
    "option_connected": of_option,
    "option_disconnected": of_option,
    "tariff_switched": of_switch,
    "traffic_used": of_usage,
    "service_used": of_usage,
    "bonus_granted": of_bonus,
    "payment_received": of_payment,
    "charge_reversed": of_reversal,
    "subscriber_closed": of_closing,
}


def charge_of(event, account, catalog):
    return CHARGES[event["type"]](event, account, catalog)


def charge_record(event, source, subscriber, charge, currency):
    """Enters the charge in the account; returns its record. Rule: domain 7; interfaces 2, members."""
    account = subscriber.account
    from_account = charge["amount"] - charge["from_bonus"]
    account.balance += from_account
    name = f"subledger:charge:{event['subscriber']}:{event['id']}"
    charge_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    account.charges[charge_id] = {**charge, "reversed": False}
    record = {"charge_id": charge_id, "sequence": subscriber.sequence, "subscriber": event["subscriber"],
              "event_id": event["id"], "kind": charge["kind"], "source": source,
              "occurred_at": format_time(event["occurred_at"])}
    record.update((member, charge[member]) for member in MEMBERS if member in charge)
    record.update(amount=format_money(charge["amount"]), from_bonus=format_money(charge["from_bonus"]),
                  from_account=format_money(from_account), balance=format_money(account.balance))
    if currency is not None:
        record["currency"] = currency
    if "reverses" in charge:
        record["reverses"] = charge["reverses"]
    return record
