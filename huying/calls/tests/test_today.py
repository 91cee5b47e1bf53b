import pytest


@pytest.fixture
def enter(client, stage):
    def go(name):
        client.force_login(stage.persons[name])
        return client

    return go


def test_a_new_call_waits_for_the_building_head_with_one_button(enter, raise_one):
    call = raise_one()
    page = enter("lu").get("/today/").content.decode()
    assert f"/calls/{call.pk}/?in=today&amp;do=accept" in page
    assert "等我接" in page


def test_the_panel_opens(enter, raise_one):
    call = raise_one()
    page = enter("lu").get(f"/calls/{call.pk}/")
    assert page.status_code == 200
    page = enter("lu").get(f"/calls/{call.pk}/do/accept/")
    assert page.status_code == 200
    page = enter("lu").get(f"/calls/{call.pk}/", headers={"HX-Request": "true"})
    assert page.status_code == 200 and "<html" not in page.content.decode()
