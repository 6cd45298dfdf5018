"""A founder's script for the same work: csv, Decimal, sqlite3; balances cached, 10,000 events a transaction.

    python3 founder.py LOG CATALOG DATABASE

Needs Python 3.11 for tomllib. Prints what became of the log, as the other rivals do.
"""

import csv
import json
import sqlite3
import sys
import tomllib
from decimal import Decimal

EVENTS_A_TRANSACTION = 10_000


def main(log, catalog, database):
    with open(catalog, "rb") as file:
        catalog = tomllib.load(file, parse_float=Decimal)
    prices = {}
    for price in catalog["product"][0]["price"]:
        for row in price["values"]:
            key = price["event_type"], row["model"], row["tier"]
            prices[key] = row["volume_rate"] / price["package_size"]
    rule = catalog["auto_topup"][0]
    threshold = Decimal(rule["threshold"])
    payment, limit = (Decimal(rule[key].split()[0]) for key in ("amount", "limit"))

    db = sqlite3.connect(database)
    db.executescript(
        """
        CREATE TABLE event (id TEXT PRIMARY KEY, customer TEXT, event_type TEXT, occurred_at TEXT, quantity TEXT,
                            model TEXT, tier TEXT, cost TEXT, status TEXT);
        CREATE TABLE fee (event TEXT, amount TEXT);
        CREATE TABLE topup (event TEXT, customer TEXT, amount TEXT);
        CREATE TABLE balance (customer TEXT PRIMARY KEY, amount TEXT);
        """
    )
    balances, paid, changed = {}, {}, set()
    charged = denied = duplicate = topups = 0
    fees = Decimal(0)

    def save():
        db.executemany(
            "INSERT OR REPLACE INTO balance VALUES (?, ?)", [(who, str(balances[who])) for who in sorted(changed)]
        )
        db.commit()
        changed.clear()

    with open(log, newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            who, event = row["customer"], row["id"]
            quantity = Decimal(row["quantity"])
            fee = quantity * prices[row["event_type"], row["model"], row["tier"]]
            balance = balances.get(who, Decimal(0))
            month = who, row["occurred_at"][:7]
            spent, count = paid.get(month, Decimal(0)), 0
            while balance < fee and spent + payment <= limit:
                balance, spent, count = balance + payment, spent + payment, count + 1
            status = "charged" if balance >= fee else "denied"
            cursor = db.execute(
                "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (event, who, row["event_type"], row["occurred_at"], row["quantity"], row["model"], row["tier"],
                 row["cost.gpu-cloud"], status),
            )
            if cursor.rowcount == 0:
                duplicate += 1
            elif status == "denied":
                denied += 1
            else:
                balance -= fee
                while balance < threshold and spent + payment <= limit:
                    balance, spent, count = balance + payment, spent + payment, count + 1
                db.execute("INSERT INTO fee VALUES (?, ?)", (event, str(fee)))
                for _ in range(count):
                    db.execute("INSERT INTO topup VALUES (?, ?, ?)", (event, who, str(payment)))
                balances[who], paid[month] = balance, spent
                changed.add(who)
                charged, topups, fees = charged + 1, topups + count, fees + fee
            if number % EVENTS_A_TRANSACTION == 0:
                save()
    save()
    outcome = {"charged": charged, "denied": denied, "duplicate": duplicate, "auto_topups": topups}
    print(json.dumps(outcome | {"fees": int(fees * 10**9)}))


main(*sys.argv[1:])
