"""Devices that are remembered, for users and for administrators."""

from area import Area, values
from pycognito.aws_srp import generate_hash_device


class Devices(Area):
    def setUp(self):
        super().setUp()
        pool = self.pool(DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": True})
        self.client_id = self.app(pool)
        self.whose = self.user(pool, "ada")

    def confirmed(self, name):
        """Signs Ada in from a new device, which is confirmed: the token and the device's key."""
        tokens = self.sign_in(self.client_id, "ada")
        issued = tokens["NewDeviceMetadata"]
        _, verifier = generate_hash_device(issued["DeviceGroupKey"], issued["DeviceKey"])
        token = {"AccessToken": tokens["AccessToken"]}
        answer = self.idp.confirm_device(
            **token, DeviceKey=issued["DeviceKey"], DeviceName=name,
            DeviceSecretVerifierConfig=verifier,
        )
        self.assertTrue(answer["UserConfirmationNecessary"])
        return token, {"DeviceKey": issued["DeviceKey"]}

    def remembered(self, which):
        """Whether the administrator sees that a device is remembered."""
        device = self.idp.admin_get_device(**self.whose, **which)["Device"]
        return values(device["DeviceAttributes"])["dev:device_remembered_status"]

    def is_forgotten(self, which):
        with self.fails("ResourceNotFoundException", "Device does not exist."):
            self.idp.admin_get_device(**self.whose, **which)

    def test_a_user_keeps_devices(self):
        token, laptop = self.confirmed("laptop")
        device = self.idp.get_device(**token, **laptop)["Device"]
        self.assertEqual(values(device["DeviceAttributes"])["device_name"], "laptop")
        self.assertEqual(self.idp.list_devices(**token)["Devices"], [device])
        self.assertEqual(self.remembered(laptop), "not_remembered")
        self.idp.update_device_status(**token, **laptop, DeviceRememberedStatus="remembered")
        self.assertEqual(self.remembered(laptop), "remembered")

        other, phone = self.confirmed("phone")
        found = self.idp.list_devices(**token)["Devices"]
        self.assertCountEqual(
            [one["DeviceKey"] for one in found], [laptop["DeviceKey"], phone["DeviceKey"]]
        )
        self.idp.forget_device(**other, **laptop)
        self.is_forgotten(laptop)
        self.is_revoked(token)
        [left] = self.idp.list_devices(**other)["Devices"]
        self.assertEqual(left["DeviceKey"], phone["DeviceKey"])

    def test_an_administrator_sees_marks_and_forgets_devices(self):
        token, laptop = self.confirmed("laptop")
        device = self.idp.admin_get_device(**self.whose, **laptop)["Device"]
        self.assertEqual(
            values(device["DeviceAttributes"])["dev:device_owner"], f"ada.{self.whose['UserPoolId']}"
        )
        self.assertEqual(self.idp.admin_list_devices(**self.whose)["Devices"], [device])
        self.idp.admin_update_device_status(
            **self.whose, **laptop, DeviceRememberedStatus="remembered"
        )
        self.assertEqual(self.remembered(laptop), "remembered")
        self.idp.admin_forget_device(**self.whose, **laptop)
        self.assertEqual(self.idp.admin_list_devices(**self.whose)["Devices"], [])
        self.is_forgotten(laptop)
        self.is_revoked(token)
