"""Twenty and more mails that come back, written for the tests in the shapes that servers use.

Each is a function of the address that it comes back to; the words are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

from campaign_app.delivery.returns import News

Write = Callable[[str], bytes]


def _mail(head: str, body: str) -> Write:
    def write(address: str) -> bytes:
        text = dedent(head).strip().replace("{to}", address) + "\n\n" + dedent(body).strip() + "\n"
        return text.replace("{to}", address).replace("\n", "\r\n").encode()

    return write


def _report(action: str, status: str, diagnostic: str, *, words: str = "It failed.") -> Write:
    return _mail(
        f"""
        From: Mail Delivery System <MAILER-DAEMON@mx.example>
        To: {{to}}
        Subject: Undelivered Mail Returned to Sender
        Message-ID: <{action}-{status}-{len(diagnostic)}-{len(words)}@mx.example>
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"
        """,
        f"""
        --B
        Content-Type: text/plain; charset=utf-8

        {words}

        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example
        Arrival-Date: Fri, 20 Nov 2026 09:00:00 +0000

        Final-Recipient: rfc822; office@mp.example
        Action: {action}
        Status: {status}
        Diagnostic-Code: smtp; {diagnostic}

        --B
        Content-Type: text/rfc822-headers

        Subject: Letter from your constituent

        --B--
        """,
    )


def _plain(sender: str, subject: str, body: str, *more: str) -> Write:
    head = [
        f"From: {sender}",
        "To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{abs(hash((sender, subject, body)))}@mx.example>",
        *more,
        "Content-Type: text/plain; charset=utf-8",
    ]
    return _mail("\n".join(head), body)


DAEMON = "MAILER-DAEMON@mx.example"
POSTMASTER = "postmaster@mp.example"
OFFICE = "Office of Alex Example <office@mp.example>"

#: What it is called, what it says, its code, and how it looks.
RETURNED: tuple[tuple[str, News, str, Write], ...] = (
    ("unknown user", News.BOUNCED, "5.1.1", _report("failed", "5.1.1", "550 5.1.1 User unknown")),
    ("unknown domain", News.BOUNCED, "5.1.2", _report("failed", "5.1.2", "host not found")),
    ("refused by policy", News.BOUNCED, "5.7.1", _report("failed", "5.7.1", "550 5.7.1 refused")),
    ("taken for spam", News.BOUNCED, "5.7.26", _report("failed", "5.7.26", "550 unauthenticated")),
    ("too large", News.BOUNCED, "5.3.4", _report("failed", "5.3.4", "552 5.3.4 too big")),
    ("mailbox disabled", News.BOUNCED, "5.2.1", _report("failed", "5.2.1", "550 5.2.1 disabled")),
    ("relay gave up", News.BOUNCED, "4.4.7", _report("failed", "4.4.7", "delivery time expired")),
    ("mailbox full", News.FULL, "5.2.2", _report("failed", "5.2.2", "552 5.2.2 quota")),
    (
        "mailbox full, but called unknown",
        News.FULL,
        "5.1.1",
        _report("failed", "5.1.1", "550 5.1.1 The mailbox is full"),
    ),
    (
        "mailbox full, said in the words alone",
        News.FULL,
        "5.0.0",
        _report("failed", "5.0.0", "550 failed", words="The user has exceeded its storage quota."),
    ),
    ("delayed", News.DELAYED, "4.4.1", _report("delayed", "4.4.1", "connect timed out")),
    ("delivered", News.DELIVERED, "2.1.5", _report("delivered", "2.1.5", "250 2.1.5 ok")),
    ("relayed", News.DELIVERED, "2.1.9", _report("relayed", "2.1.9", "250 2.1.9 relayed")),
    (
        "qmail",
        News.BOUNCED,
        "5.1.1",
        _plain(
            DAEMON,
            "failure notice",
            """
            Hi. This is the qmail-send program at mx.example.
            I'm afraid I wasn't able to deliver your message to the following addresses.
            This is a permanent error; I've given up. Sorry it didn't work out.

            <office@mp.example>:
            198.51.100.1 does not like recipient.
            Remote host said: 550 5.1.1 no such user
            Giving up on 198.51.100.1.

            --- Below this line is a copy of the message.

            Subject: Letter
            """,
        ),
    ),
    (
        "exim",
        News.BOUNCED,
        "550",
        _plain(
            "Mail Delivery System <Mailer-Daemon@mx.example>",
            "Mail delivery failed: returning message to sender",
            """
            This message was created automatically by mail delivery software.

            A message that you sent could not be delivered to one or more of its
            recipients. This is a permanent error. The following address(es) failed:

              office@mp.example
                SMTP error from remote mail server after RCPT TO:<office@mp.example>:
                550 Unknown user
            """,
            "X-Failed-Recipients: office@mp.example",
        ),
    ),
    (
        "a full mailbox in plain words",
        News.FULL,
        "",
        _plain(
            POSTMASTER,
            "Undeliverable: Letter from your constituent",
            "The recipient's mailbox is full and cannot take messages now.",
        ),
    ),
    (
        "a bounce that says nothing",
        News.UNCLEAR,
        "",
        _plain(POSTMASTER, "Undeliverable", "Something went wrong with your mail."),
    ),
    (
        "a complaint",
        News.COMPLAINT,
        "",
        _mail(
            """
            From: feedback@provider.example
            To: {to}
            Subject: complaint about a message
            Message-ID: <complaint@provider.example>
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=feedback-report; boundary="B"
            """,
            """
            --B
            Content-Type: text/plain

            This is an abuse report.

            --B
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            User-Agent: Provider/1.0
            Version: 1

            --B--
            """,
        ),
    ),
    (
        "out of office, marked",
        News.AUTO_REPLY,
        "",
        _plain(OFFICE, "Hello", "I am away until Monday.", "Auto-Submitted: auto-replied"),
    ),
    (
        "out of office from Exchange",
        News.AUTO_REPLY,
        "",
        _plain(
            OFFICE,
            "Automatic reply: Letter from your constituent",
            "Thank you for your email. The mailbox is checked daily.",
            "X-Auto-Response-Suppress: All",
            "Auto-Submitted: auto-generated",
        ),
    ),
    (
        "out of office, not marked at all",
        News.AUTO_REPLY,
        "",
        _plain(OFFICE, "Out of Office: your letter", "I am on leave. 550 letters wait for me."),
    ),
    (
        "acknowledgement of an office",
        News.AUTO_REPLY,
        "",
        _plain(
            OFFICE,
            "Thank you for contacting the office of Alex Example",
            "We receive many emails. Please include your address and postcode.",
        ),
    ),
    (
        "automatic answer in Welsh",
        News.AUTO_REPLY,
        "",
        _plain(OFFICE, "Ateb awtomatig: llythyr", "Diolch am eich neges."),
    ),
    (
        "an old vacation program",
        News.AUTO_REPLY,
        "",
        _plain(OFFICE, "away from my mail", "I will be back.", "Precedence: junk"),
    ),
    (
        "a person's answer",
        News.REPLY,
        "",
        _plain(OFFICE, "Re: Letter from your constituent", "Dear Siân, I will ask the minister."),
    ),
    (
        "a person who writes about a full mailbox",
        News.REPLY,
        "",
        _plain(OFFICE, "Re: your letter", "Sorry for the delay, my mailbox is full of letters!"),
    ),
)
