"""An import of users that the server's death interrupts again and again."""

import random
import re
import subprocess
import time
import urllib.request

ROLE = "arn:aws:iam::000000000000:role/CloudWatchLogs"
KILLS = 3
# The slowest import that is still no hanging one.
LEAST_USERS_PER_SECOND = 20


class NotAsExpected(Exception):
    """The import has not come to the end that it should."""


def expect(holds, what):
    if not holds:
        raise NotAsExpected(what)


def walk(server, idp, users):
    """Imports `users` users while the server is killed in the middle, and says how fast it was and how much memory
    the server took."""
    pool = idp.create_user_pool(PoolName="import", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    columns = idp.get_csv_header(UserPoolId=pool)["CSVHeader"]
    file = server.directory / "users.csv"
    write_file(file, columns, users)
    job = idp.create_user_import_job(
        UserPoolId=pool, JobName="import", CloudWatchLogsRoleArn=ROLE
    )["UserImportJob"]
    upload(job["PreSignedUrl"], file)
    named = {"UserPoolId": pool, "JobId": job["JobId"]}
    idp.start_user_import_job(**named)

    peak, working, begun = 0, 0.0, time.monotonic()
    deadline = begun + 120 + users / LEAST_USERS_PER_SECOND
    # Killed at moments that are spread over the whole import.
    moments = sorted(random.uniform(0.05, 0.9) * users for _ in range(KILLS))
    while True:
        state = idp.describe_user_import_job(**named)["UserImportJob"]
        done = state["ImportedUsers"] + state["SkippedUsers"] + state["FailedUsers"]
        peak = max(peak, peak_memory(server.process.pid))
        if state["Status"] not in ("Pending", "InProgress"):
            break
        if moments and done >= moments[0]:
            moments.pop(0)
            working += time.monotonic() - begun
            server.kill()
            server.start()
            begun = time.monotonic()
        expect(time.monotonic() < deadline, f"the import is not over: {state}")
        time.sleep(0.05)
    working += time.monotonic() - begun
    expect(not moments, f"the import was over before the server was killed {KILLS} times")
    counts = [state[name] for name in ("ImportedUsers", "SkippedUsers", "FailedUsers")]
    expect((state["Status"], counts) == ("Succeeded", [users, 0, 0]), f"the job is {state}")
    check_users(idp, pool, users)
    check_log(server, job["JobId"], users)
    print(f"# {users} users, killed {KILLS} times: {users / working:.0f} users a second (waiting for leases "
          f"included), at most {peak // 1024} MiB of memory", flush=True)


def write_file(path, columns, users):
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(columns) + "\n")
        for number in range(users):
            values = {
                "cognito:username": f"user{number}", "email": f"user{number}@example.com",
                "email_verified": "true", "name": f"Number {number}\\, of many",
            }
            file.write(",".join(values.get(column, "") for column in columns) + "\n")


def upload(url, path):
    with open(path, "rb") as file:
        request = urllib.request.Request(url, data=file, method="PUT", headers={
            "x-amz-server-side-encryption": "aws:kms",
            "Content-Length": str(path.stat().st_size),
        })
        with urllib.request.urlopen(request, timeout=300) as answer:
            expect(answer.status == 200, f"the upload was answered {answer.status}")


def check_users(idp, pool, users):
    """There is each user once."""
    found = set()
    listed = 0
    for page in idp.get_paginator("list_users").paginate(UserPoolId=pool, AttributesToGet=["email"]):
        listed += len(page["Users"])
        found.update(user["Username"] for user in page["Users"])
    expect(listed == users, f"{listed} users are there instead of {users}")
    expect(found == {f"user{number}" for number in range(users)}, "other users are there")


def check_log(server, job_id, users):
    """The log has a line for each row, in order."""
    printed = subprocess.run(
        [server.binary, "import", "log", job_id], cwd=server.directory, text=True, check=True,
        stdout=subprocess.PIPE,
        env={"COGNATE__STORE__URL": server.store_url, "COGNATE__SECRETS__MASTER_KEY": server.master_key},
    )
    lines = printed.stdout.splitlines()
    expect(len(lines) == users, f"the log has {len(lines)} lines instead of {users}")
    for number, line in enumerate(lines, start=2):
        expected = f"[SUCCEEDED] Line Number {number} - The import succeeded."
        expect(line == expected, f"the log has {line!r} instead of {expected!r}")


def peak_memory(pid):
    """The most memory that the process has had, in KiB; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))
    except (OSError, AttributeError):
        return 0
