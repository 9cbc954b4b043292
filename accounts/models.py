"""The sign-in credentials: the only rows about a person that live in SQL (decision 2 of the design)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who can sign in. The UUID is `user_id` throughout DynamoDB; there is no username.

    What somebody may do is in the profile (`accounts.domain.Role`); no permission of Django's is used.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    #: When the account is to be deleted, for good; None for almost everybody.
    erase_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)

    #: What a row that was read said of what others decide.
    _as_read: Mapping[str, Any] = MappingProxyType({})

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Only lower case is stored, so "unique" above means unique whatever the case.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        user = super().from_db(*args, **kwargs)
        user._as_read = user._decided_elsewhere()
        return user

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row. One that is there keeps what others may have decided since it was read.

        Whoever changes a password saves all of the row as it was a moment ago, which must not open an account
        again that was closed meanwhile, nor bring back a wish to delete it, or an account that is gone.
        """
        if self._as_read and kwargs.get("update_fields") is None:
            names = {each.name for each in self._meta.concrete_fields if not each.primary_key}
            kept = {name for name, value in self._decided_elsewhere().items() if self._as_read[name] == value}
            kwargs["update_fields"] = names - kept
        super().save(*args, **kwargs)

    def _decided_elsewhere(self) -> dict[str, Any]:
        return {name: self.__dict__.get(name) for name in ("is_active", "erase_at")}

    def __str__(self) -> str:
        return str(self.id)


class OutgoingMail(models.Model):
    """A mail on its way out: written with the request, sent by the worker, deleted once it is sent.

    Its text may hold a link that resets a password. The task queue keeps the arguments of finished tasks, so
    the task carries this row's id and never the text.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"mail {self.id}"


class Erasure(models.Model):
    """A deletion that was asked for, and how far it is. It goes in one transaction with the account itself.

    `begun_at` is set by whoever begins, once: until then it can be taken back. `done` names the steps that
    are through. `claimed_until` is how long the process that works on it may be taken to be alive.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="erasure")
    asked_at = models.DateTimeField()
    by_staff = models.BooleanField(default=False)
    begun_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    done = models.JSONField(default=list)
    #: Why it cannot begin although its day has come; empty where nothing is in its way.
    waits_for = models.TextField(blank=True)
    #: The id of the one audit record that it leaves, so that a repeat writes the same.
    record_id = models.CharField(max_length=26)

    def __str__(self) -> str:
        return f"erasure of {self.user_id}"
