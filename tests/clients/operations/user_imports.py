"""Users that come from a file."""

import time
import urllib.error
import urllib.request

from area import Area, needs

ROLE = "arn:aws:iam::000000000000:role/import"
OPERATIONS = (
    "GetCSVHeader", "CreateUserImportJob", "DescribeUserImportJob", "ListUserImportJobs",
    "StartUserImportJob", "StopUserImportJob",
)
STEP_SECONDS = 30


class UserImports(Area):
    def file(self, header, usernames):
        """A file with a row for each of these users."""
        rows = [header]
        for username in usernames:
            row = dict.fromkeys(header, "")
            row.update({
                "cognito:username": username, "email": f"{username}@example.com",
                "email_verified": "TRUE", "phone_number_verified": "FALSE",
                "cognito:mfa_enabled": "FALSE",
            })
            rows.append([row[name] for name in header])
        return "\n".join(",".join(row) for row in rows) + "\n"

    def job(self, pool, name, usernames):
        """A new job with its file; its id."""
        job = self.idp.create_user_import_job(
            UserPoolId=pool, JobName=name, CloudWatchLogsRoleArn=ROLE
        )["UserImportJob"]
        self.assertEqual((job["Status"], job["JobName"]), ("Created", name))
        header = self.idp.get_csv_header(UserPoolId=pool)["CSVHeader"]
        request = urllib.request.Request(
            job["PreSignedUrl"], method="PUT", data=self.file(header, usernames).encode(),
            headers={"x-amz-server-side-encryption": "aws:kms"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertEqual(answer.status, 200)
        return job["JobId"]

    def ended(self, pool, job):
        """The job once nothing of it goes on."""
        deadline = time.monotonic() + STEP_SECONDS
        while True:
            found = self.idp.describe_user_import_job(UserPoolId=pool, JobId=job)["UserImportJob"]
            if found["Status"] not in ("Created", "Pending", "InProgress", "Stopping"):
                return found
            self.assertLess(time.monotonic(), deadline, found)
            time.sleep(0.05)

    @needs(*OPERATIONS)
    def test_users_are_imported(self):
        pool = self.pool(AutoVerifiedAttributes=["email"])
        header = self.idp.get_csv_header(UserPoolId=pool)
        self.assertEqual(header["UserPoolId"], pool)
        self.assertIn("cognito:username", header["CSVHeader"])
        self.user(pool, "bob")
        job = self.job(pool, "first", ["ada", "bob"])
        started = self.idp.start_user_import_job(UserPoolId=pool, JobId=job)["UserImportJob"]
        self.assertEqual((started["JobId"], started["Status"]), (job, "Pending"))
        ended = self.ended(pool, job)
        self.assertEqual(ended["Status"], "Succeeded")
        self.assertEqual(
            (ended["ImportedUsers"], ended["SkippedUsers"], ended["FailedUsers"]), (1, 1, 0)
        )
        user = self.idp.admin_get_user(UserPoolId=pool, Username="ada")
        self.assertEqual(user["UserStatus"], "RESET_REQUIRED")
        self.assertEqual(
            self.attributes({"UserPoolId": pool, "Username": "ada"})["email"], "ada@example.com"
        )
        [listed] = self.idp.list_user_import_jobs(UserPoolId=pool, MaxResults=10)["UserImportJobs"]
        self.assertEqual((listed["JobId"], listed["Status"]), (job, "Succeeded"))

    @needs(*OPERATIONS)
    def test_an_import_is_stopped(self):
        pool = self.pool(AutoVerifiedAttributes=["email"])
        usernames = [f"user{number}" for number in range(5_000)]
        job = self.job(pool, "long", usernames)
        self.idp.start_user_import_job(UserPoolId=pool, JobId=job)
        stopped = self.idp.stop_user_import_job(UserPoolId=pool, JobId=job)["UserImportJob"]
        self.assertIn(stopped["Status"], ("Stopping", "Stopped"))
        ended = self.ended(pool, job)
        self.assertEqual(ended["Status"], "Stopped")
        self.assertLess(ended["ImportedUsers"], len(usernames))
        with self.assertRaises(self.idp.exceptions.PreconditionNotMetException):
            self.idp.start_user_import_job(UserPoolId=pool, JobId=job)
