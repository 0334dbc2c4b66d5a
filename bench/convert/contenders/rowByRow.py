"""Converts users one by one, as a migration script does: read a row, convert it in Python, insert it four times over."""
import hashlib
import json
import os
import re
import sys
import threading
import uuid

try:
    import psycopg2 as postgres
except ImportError:
    import psycopg as postgres

NAMESPACE = uuid.UUID(os.environ["NAMESPACE"])
STARTED_AT = os.environ["STARTED_AT"]
ROWS = int(os.environ["ROWS"])
COMMIT_EVERY = 1000

EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
BAD_HYPHEN = re.compile(r"@-|@[^@]*([.]-|-[.]|-$)")
BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]+")
ARGON = re.compile(r"\$argon2id\$v=(16|19)\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
SURROGATE = re.compile("[\ud800-\udfff]")
DEFAULTS = {"theme": "light", "notifications": True}


def normalized(email):
    return re.sub("[A-Z]", lambda letter: letter.group().lower(), (email or "").strip(" \t\n\r\f\v"))


def reason_to_stay(row):
    identifier, username, email, password_hash, created, signed_in, _ = row
    address = normalized(email)
    if address == "":
        return "invalid e-mail: missing"
    if len(email) > 255:
        return "value too long: email"
    if not EMAIL.fullmatch(address) or BAD_HYPHEN.search(address) or re.search("@.*[a-z0-9-]{64}", address):
        return "invalid e-mail"
    known = password_hash and (len(password_hash) == 60 and BCRYPT.fullmatch(password_hash) or ARGON.fullmatch(password_hash))
    if not known:
        return "unknown password hash format"
    if created == "infinity" or signed_in == "infinity":
        return "time is infinite: created_at" if created == "infinity" else "time is infinite: last_login"
    return None


def text_or(value, otherwise):
    storable = isinstance(value, str) and "\0" not in value and not SURROGATE.search(value)
    return value if storable else otherwise


def preferences(settings):
    try:
        value = json.loads(settings or "")
    except ValueError:
        return DEFAULTS
    if not isinstance(value, dict):
        return DEFAULTS
    notifications = value.get("email_notifications")
    return {
        "theme": text_or(value.get("ui_theme"), "light"),
        "notifications": notifications if isinstance(notifications, bool) else True,
        "language": text_or(value.get("lang"), "en"),
    }


def stable_uuid(identifier):
    digest = bytearray(hashlib.md5(NAMESPACE.bytes + b"legacy_users:%d" % identifier).digest())
    digest[6] = digest[6] & 0x0F | 0x30
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def rows_of(source):
    with source.cursor("legacy") as cursor:
        cursor.itersize = 1000
        # Times as text: Python knows no infinity.
        cursor.execute(
            "SELECT id, username, email, password_hash, created_at::text, last_login::text, settings"
            " FROM legacy_users WHERE id <= %s ORDER BY id",
            (ROWS,),
        )
        yield from cursor


def winners(source):
    """The account of each address that signed in last, and the others with the one they lost to."""
    best = {}
    for row in rows_of(source):
        if reason_to_stay(row) is None:
            rank = (row[5] is not None, row[5] or "", -row[0])
            address = normalized(row[2])
            if address not in best or rank > best[address][0]:
                best[address] = (rank, row[0])
    return {address: identifier for address, (_, identifier) in best.items()}


def insert(cursor, row, winner):
    identifier, username, email, password_hash, created, signed_in, settings = row
    reason = reason_to_stay(row)
    address = normalized(email)
    if reason is None and winner[address] != identifier:
        reason = f"duplicate e-mail: legacy_users {winner[address]} signed in last"
    if reason is not None:
        kept = json.dumps({"id": identifier, "username": username, "email": email})
        cursor.execute(
            "INSERT INTO cutover.quarantine (source_table, source_id, reason, source_row) VALUES ('legacy_users', %s, %s, %s)",
            (identifier, reason, kept),
        )
        return
    user = stable_uuid(identifier)
    signed_in = signed_in and signed_in + "+00"
    created = created + "+00" if created else signed_in or STARTED_AT
    updated = signed_in or created
    cursor.execute(
        "INSERT INTO auth.users (id, instance_id, aud, role, email, encrypted_password, email_confirmed_at,"
        " confirmation_token, recovery_token, email_change_token_new, email_change, last_sign_in_at,"
        " raw_app_meta_data, raw_user_meta_data, created_at, updated_at)"
        " VALUES (%s, '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', %s, %s, %s, '', '', '', '', %s,"
        """ '{"provider": "email", "providers": ["email"]}', '{}', %s, %s)""",
        (user, address, password_hash, created, signed_in, created, updated),
    )
    data = json.dumps({"sub": user, "email": address, "email_verified": True})
    cursor.execute(
        "INSERT INTO auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)"
        " VALUES (%s, %s, %s, 'email', %s, %s, %s)",
        (user, user, data, signed_in, created, updated),
    )
    cursor.execute(
        "INSERT INTO public.profiles (id, username, preferences, created_at) VALUES (%s, %s, %s, %s)",
        (user, username, json.dumps(preferences(settings)), created),
    )
    cursor.execute("INSERT INTO cutover.identity_map (legacy_id, user_id) VALUES (%s, %s)", (identifier, user))


def main():
    source = postgres.connect(os.environ["SOURCE"])
    target = postgres.connect(os.environ["TARGET"])
    winner = winners(source)
    with target.cursor() as cursor:
        for number, row in enumerate(rows_of(source), 1):
            insert(cursor, row, winner)
            if number % COMMIT_EVERY == 0:
                target.commit()
    target.commit()


# Settings may be nested deeper than Python's usual stack.
sys.setrecursionlimit(1_000_000)
threading.stack_size(512 * 1024 * 1024)
failed = []
threading.excepthook = lambda problem: failed.append(problem) or sys.__excepthook__(*problem[:3])
worker = threading.Thread(target=main)
worker.start()
worker.join()
sys.exit(1 if failed else 0)
