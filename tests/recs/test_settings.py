from pathlib import Path

import pytest

from recs.errors import SettingError
from recs.ranking.settings import RankingSettings
from recs.settings import RANGES, Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_env({})

    assert settings == Settings()
    assert (settings.collector_port, settings.recommender_port) == (5000, 5001)


def test_an_empty_variable_counts_as_none() -> None:
    assert Settings.from_env({"COLLECTOR_PORT": "", "HOST": "", "NAMESPACE": ""}) == Settings()


def test_a_variable_is_read_as_the_type_of_its_field() -> None:
    settings = Settings.from_env(
        {"COLLECTOR_PORT": "5100", "BATCH_SECONDS": "0.5", "DATA_DIR": "/srv/kinolenta"}
    )

    assert settings.collector_port == 5100
    assert settings.batch_seconds == 0.5
    assert settings.data_dir == Path("/srv/kinolenta")


def test_strengths_of_the_ranking_have_variables_of_their_own() -> None:
    settings = Settings.from_env({"RANKING_GENRE_WEIGHT": "0.7", "RANKING_NEIGHBOURS": "30"})

    assert (settings.ranking.genre_weight, settings.ranking.neighbours) == (0.7, 30)


def test_a_list_is_ranked_as_long_as_it_is_answered() -> None:
    settings = Settings.from_env({"LIST_SIZE": "12"})

    assert (settings.list_size, settings.ranking.list_length) == (12, 12)


def test_a_figure_that_changes_no_list_has_no_variable() -> None:
    assert Settings.from_env({"RANKING_SHORTLIST": "many"}).ranking == RankingSettings()


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("COLLECTOR_PORT", "http"),
        ("COLLECTOR_PORT", "-1"),
        ("COLLECTOR_PORT", "1.5"),
        ("BATCH_SECONDS", "nan"),
        ("BATCH_SECONDS", "inf"),
        ("BATCH_SECONDS", "soon"),
        ("RANKING_GENRE_WEIGHT", "much"),
        ("PAGE_PORT", "0"),
        ("PAGE_PORT", "70000"),
        ("BATCH_SIZE", "0"),
        ("LIST_SIZE", "0"),
        ("CELERY_BROKER_URL", "rabbitmq://127.0.0.1"),
        ("REDIS_URL", "localhost:6379"),
        ("RANKING_POSITION_BINS", "1"),
        ("RANKING_PRIOR_EXPOSURE", "0"),
        ("NAMESPACE", " "),
        ("NAMESPACE", "a:b"),
        ("NAMESPACE", "a*"),
        ("REDIS_TIMEOUT_SECONDS", "0"),
        ("CONFIRM_TIMEOUT_SECONDS", "0"),
        ("CONFIRM_TIMEOUT_SECONDS", "1e9"),
        ("SLATE_LISTS", "99999999"),
        ("LIST_SIZE_MOST", "0"),
        ("BATCH_SIZE", "99999999999999999999"),
        ("BATCH_SECONDS", "1e9"),
        ("USER_TTL_SECONDS", "0"),
        ("USER_TTL_SECONDS", "99999999999999999999"),
        ("VISITOR_TTL_SECONDS", "0"),
        ("TRAIN_EVERY_SECONDS", "0"),
        ("TRAIN_EVERY_SECONDS", "1e9"),
        ("RANKING_NEIGHBOURS", "99999999999999999999"),
        ("RANKING_POSITION_BINS", "99999999999999999999"),
        ("TRAINING_COMPONENTS", "0"),
        ("TRAINING_VALIDATION_SHARE", "1.5"),
        ("TRAINING_LEARNING_RATE", "1e20"),
        ("TRAINING_REFIT_EPOCHS", "1e9"),
        ("TRAINING_FINAL_EPOCHS", "1000000"),
        ("TRAINING_EASE_ITEMS", "1000000"),
        ("RANKING_GENRE_WEIGHT", "1e300"),
        ("RANKING_NEIGHBOURHOOD_WEIGHT", "1e6"),
        ("RANKING_PRIOR_TOGETHER", "0"),
        ("SEGMENT_BYTES", "99999999999999999999"),
        ("LIST_SIZE", "101"),
        ("QDRANT_URL", "abc"),
        ("RANKING_NEIGHBOURHOOD_WIDTH", "1e9"),
        ("TRAINING_EASE_REGULARIZATION", "0"),
        ("API_TOKEN", "секрет"),
        ("FLOWER_USER", "анна"),
        ("FLOWER_PASSWORD", "секрет"),
        ("API_TOKEN", "two\nlines"),
        ("QDRANT_API_KEY", "two\nlines"),
        ("QDRANT_URL", "http://"),
        ("COLLECTOR_URL", "http://:5000"),
        ("COLLECTOR_URL", "localhost:5000"),
        ("RECOMMENDER_URL", "abc"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(variable: str, text: str) -> None:
    with pytest.raises(SettingError, match=variable) as refused:
        Settings.from_env({variable: text})

    assert refused.value.variable == variable


def test_every_range_is_that_of_a_variable() -> None:
    default = Settings()

    assert {variable for variable, _ in default._numbers()} >= RANGES.keys()


def test_a_range_is_named() -> None:
    with pytest.raises(SettingError, match="from 1 to 10000"):
        Settings.from_env({"BATCH_SIZE": "0"})
    with pytest.raises(SettingError, match=r"at least 0\.01"):
        Settings.from_env({"RANKING_OPTIMISM": "0"})


@pytest.mark.parametrize("variable", RANGES)
def test_the_ends_of_a_range_are_allowed(variable: str) -> None:
    least, most = RANGES[variable]
    for number in (least, most):
        Settings.from_env({"LIST_SIZE": "1", "LIST_SIZE_MOST": "1000", variable: str(number)})


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")

    assert Settings.from_env({"API_TOKEN_FILE": str(secret)}).api_token == "s3cret"


def test_an_empty_variable_does_not_hide_the_secret_in_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")

    settings = Settings.from_env({"API_TOKEN": "", "API_TOKEN_FILE": str(secret)})

    assert settings.api_token == "s3cret"


def test_a_missing_secret_file_stops_the_process(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="API_TOKEN_FILE"):
        Settings.from_env({"API_TOKEN_FILE": str(tmp_path / "nowhere")})


def test_an_empty_secret_file_stops_the_process(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")

    with pytest.raises(SettingError, match="API_TOKEN_FILE"):
        Settings.from_env({"API_TOKEN_FILE": str(tmp_path / "token")})


def test_settings_do_not_print_their_secrets() -> None:
    settings = Settings(
        api_token="t0ken",
        flower_password="pa55",
        qdrant_api_key="k3y",
        broker_url="amqp://kino:br0ker@localhost//",
        redis_url="redis://:r3dis@localhost",
    )

    printed = repr(settings)

    assert [s for s in ("t0ken", "pa55", "k3y", "br0ker", "r3dis") if s in printed] == []


def test_the_page_finds_the_services_on_this_machine_unless_told_otherwise() -> None:
    assert Settings(collector_port=5100).collector == "http://127.0.0.1:5100"
    assert Settings(recommender_url="http://lists:80").recommender == "http://lists:80"


def test_queues_of_two_namespaces_have_different_names() -> None:
    assert Settings(namespace="a").queue("lists") != Settings(namespace="b").queue("lists")
