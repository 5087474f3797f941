"""Settings: an option beats the environment, which beats the config file, which beats the default."""

import json

import pytest


@pytest.fixture
def config(tmp_path):
    """Return a function that writes the config file."""

    def write(text):
        path = tmp_path / "config/samenwijzer/config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_the_folder_comes_from_option_environment_config_and_user_data_in_that_order(
    tmp_path, monkeypatch, run, config
):
    assert str(tmp_path / "data") in run("status")[2]
    config(f'kb = "{tmp_path}/configured"')
    assert "configured" in run("status")[2]
    monkeypatch.setenv("SAMENWIJZER_KB", str(tmp_path / "environment"))
    assert "environment" in run("status")[2]
    assert "option" in run("--kb", tmp_path / "option", "status")[2]


def test_the_config_file_fills_in_what_no_option_says(run, config, starter_kb):
    config(f'kb = "{starter_kb}"\nk = 2\nformat = "csv"\n')
    code, out, _ = run("search", "wijkteam")
    assert code == 0 and out.startswith('"rank"') and out.count("\r\n") == 3
    assert len(run("search", "wijkteam", "-k", "3", "--format", "jsonl")[1].splitlines()) == 3
    assert json.loads(run("status")[1])["up_to_date"] is True  # a report has no csv: the setting is not for it


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kb = ", "TOML"),
        ('kleur = "rood"', "kleur is no setting"),
        ('port = "8080"', "port = '8080' is not a number"),
        ("kb = 3", "is not a text"),
        ("k = true", "is not a number"),
    ],
)
def test_a_config_file_that_cannot_be_used_is_named(run, config, text, told):
    path = config(text)
    code, out, err = run("status")
    assert (code, out) == (2, "") and str(path) in err and told in err


def test_config_show_says_where_each_setting_comes_from(run, config, monkeypatch, tmp_path):
    path = config('k = 20\nport = 8080\ncontact = "ons@example.nl"\n')
    monkeypatch.setenv("SAMENWIJZER_CONTACT", "u@example.nl")
    code, out, _ = run("--kb", tmp_path / "kb", "config", "show", "--origin", "--format", "json")
    shown = json.loads(out)
    assert code == 0
    assert shown["kb"] == {"value": str(tmp_path / "kb"), "origin": "option --kb"}
    assert shown["contact"] == {"value": "u@example.nl", "origin": "variable SAMENWIJZER_CONTACT"}
    assert shown["k"] == {"value": 20, "origin": str(path)} and shown["port"]["value"] == 8080
    assert shown["host"] == {"value": "127.0.0.1", "origin": "default"}
    table = run("config", "show", "--format", "table")[1]
    assert "8080" in table and "default" not in table


def test_config_show_tells_of_the_environment_that_names_the_folder(run, monkeypatch, tmp_path):
    monkeypatch.setenv("SAMENWIJZER_KB", str(tmp_path))
    shown = json.loads(run("config", "show", "--origin", "--format", "json")[1])
    assert shown["kb"] == {"value": str(tmp_path), "origin": "variable SAMENWIJZER_KB"}
