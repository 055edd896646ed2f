import time
from dataclasses import replace
from sqlalchemy import insert
from campaign_app.delivery.dispatch import *
from campaign_app.delivery.models import *
from tests.delivery.lines import *
from tests.delivery.conftest import *
def test_flat(session, line, now):
    for n in (1000, 100000):
        session.execute(insert(Message),[dict(public_id=f"{n}-{i}",kind="t",stream=Stream.SERVICE,state=MessageState.DUE,recipe={},mail_id=f"{n}-{i}@x.org",created_at=now,due_at=now,attempts=0) for i in range(n)])
        session.commit()
        t=time.time(); c=0
        while c<500: c+=drain(line)
        print(session.get_bind().dialect.name, n, c/(time.time()-t),"/s")
