"""What a pool does about risks, which sign-ins there were, and whose they are said to have been."""

from area import Area, claims, client, members

# The journey configures the message of a sign-in from a new device so that it says nothing else.
EMAIL = "watched@example.com"


class ThreatProtection(Area):
    def test_risks_are_configured_for_a_pool_and_for_a_client(self):
        pool = self.pool()
        app = self.app(pool)
        given = {
            "CompromisedCredentialsRiskConfiguration": {
                "EventFilter": ["SIGN_IN"], "Actions": {"EventAction": "BLOCK"},
            },
            "AccountTakeoverRiskConfiguration": {
                "Actions": {
                    "LowAction": {"Notify": False, "EventAction": "NO_ACTION"},
                    "HighAction": {"Notify": False, "EventAction": "MFA_IF_CONFIGURED"},
                },
            },
            "RiskExceptionConfiguration": {"BlockedIPRangeList": ["198.51.100.0/24"]},
        }
        answer = self.idp.set_risk_configuration(UserPoolId=pool, **given)["RiskConfiguration"]
        modified = answer["LastModifiedDate"]
        self.assertEqual(answer, {"UserPoolId": pool, "LastModifiedDate": modified, **given})
        described = self.idp.describe_risk_configuration(UserPoolId=pool)["RiskConfiguration"]
        self.assertEqual(described, answer)

        which = {"UserPoolId": pool, "ClientId": app}
        never = self.idp.describe_risk_configuration(**which)["RiskConfiguration"]
        self.assertEqual(never, which)
        skipped = {"RiskExceptionConfiguration": {"SkippedIPRangeList": ["192.0.2.7/32"]}}
        own = self.idp.set_risk_configuration(**which, **skipped)["RiskConfiguration"]
        described = self.idp.describe_risk_configuration(**which)["RiskConfiguration"]
        self.assertEqual(described, own)
        self.assertEqual(own["RiskExceptionConfiguration"], skipped["RiskExceptionConfiguration"])

    def test_sign_ins_are_listed_and_people_say_whose_they_were(self):
        pool = self.pool(
            UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}, UserPoolTier="PLUS"
        )
        app = self.app(pool)
        whose = self.user(pool, "ada", email=EMAIL, email_verified="true")
        first = self.sign_in(app, "ada", idp=client(user_agent="first"))
        second = self.sign_in(app, "ada", idp=client(user_agent="second"))
        with self.assertRaises(self.idp.exceptions.NotAuthorizedException):
            self.sign_in(app, "ada", "Wr0ng-Word!")
        ids = [claims(tokens["AccessToken"])["event_id"] for tokens in (second, first)]

        def events():
            pages = self.idp.get_paginator("admin_list_user_auth_events").paginate(
                **whose, PaginationConfig={"PageSize": 2}
            )
            found = [event for page in pages for event in page["AuthEvents"]]
            return [event for event in found if event["EventType"] == "SignIn"]

        found = events()
        self.assertEqual([one["EventResponse"] for one in found], ["Fail", "Pass", "Pass"])
        self.assertEqual([one["EventId"] for one in found[1:]], ids)
        self.assertTrue(all("EventFeedback" not in one for one in found))

        def feedback_on_the_second():
            said = dict(events()[1]["EventFeedback"])
            del said["FeedbackDate"]
            return said

        which = {**whose, "EventId": ids[0]}
        self.idp.admin_update_auth_event_feedback(**which, FeedbackValue="Invalid")
        self.assertEqual(
            feedback_on_the_second(), {"FeedbackValue": "Invalid", "Provider": "Admin"}
        )
        [message] = self.messages(EMAIL, 1)
        event, token = message["body"].split(" ")
        self.assertEqual(event, ids[0])
        with self.fails("NotAuthorizedException", "Invalid feedback token."):
            self.idp.update_auth_event_feedback(
                **whose, EventId=ids[1], FeedbackToken=token, FeedbackValue="Valid"
            )
        answer = self.idp.update_auth_event_feedback(
            **which, FeedbackToken=token, FeedbackValue="Valid"
        )
        self.assertEqual(members(answer), {})
        self.assertEqual(feedback_on_the_second(), {"FeedbackValue": "Valid", "Provider": "User"})
