"""Signing up: who gets a place, who waits, and who is told why not."""


def test_the_scene_stands(scene):
    assert scene.callout.shifts.count() == 4
