"""Groups and their members."""

from area import Area, claims


class Groups(Area):
    def test_a_group_is_made_changed_listed_and_deleted(self):
        pool = self.pool()
        which = {"UserPoolId": pool, "GroupName": "staff"}
        made = self.idp.create_group(**which, Description="Those who work here", Precedence=0)
        self.assertEqual(made["Group"]["Precedence"], 0)
        self.assertEqual(self.idp.get_group(**which)["Group"], made["Group"])
        role = "arn:aws:iam::000000000000:role/staff"
        changed = self.idp.update_group(**which, RoleArn=role)["Group"]
        self.assertEqual(
            (changed["RoleArn"], changed["Description"], changed["Precedence"]),
            (role, "Those who work here", 0),
        )
        self.idp.create_group(UserPoolId=pool, GroupName="guests")
        pages = self.idp.get_paginator("list_groups").paginate(
            UserPoolId=pool, PaginationConfig={"PageSize": 1}
        )
        found = [group["GroupName"] for page in pages for group in page["Groups"]]
        self.assertEqual(found, ["staff", "guests"])
        self.idp.delete_group(**which)
        with self.fails("ResourceNotFoundException", "Group not found."):
            self.idp.get_group(**which)

    def test_members_join_and_leave(self):
        pool = self.pool()
        app, ada = self.app(pool), self.user(pool, "ada")
        self.user(pool, "bob")
        for name, precedence in (("guests", 9), ("staff", 1)):
            self.idp.create_group(UserPoolId=pool, GroupName=name, Precedence=precedence)
            self.idp.admin_add_user_to_group(**ada, GroupName=name)
        self.idp.admin_add_user_to_group(UserPoolId=pool, Username="bob", GroupName="staff")

        def in_group(name):
            pages = self.idp.get_paginator("list_users_in_group").paginate(
                UserPoolId=pool, GroupName=name, PaginationConfig={"PageSize": 1}
            )
            return sorted(user["Username"] for page in pages for user in page["Users"])

        def groups_of_ada():
            pages = self.idp.get_paginator("admin_list_groups_for_user").paginate(
                **ada, PaginationConfig={"PageSize": 1}
            )
            return sorted(group["GroupName"] for page in pages for group in page["Groups"])

        self.assertEqual((in_group("staff"), in_group("guests")), (["ada", "bob"], ["ada"]))
        self.assertEqual(groups_of_ada(), ["guests", "staff"])
        tokens = self.sign_in(app, "ada")
        for token in (tokens["AccessToken"], tokens["IdToken"]):
            self.assertEqual(claims(token)["cognito:groups"], ["staff", "guests"])

        self.idp.admin_remove_user_from_group(**ada, GroupName="staff")
        self.assertEqual((in_group("staff"), groups_of_ada()), (["bob"], ["guests"]))
        token = self.sign_in(app, "ada")["AccessToken"]
        self.assertEqual(claims(token)["cognito:groups"], ["guests"])
