"""Whether the hub has a model, and in words why one can't be had."""

from attndsl.language.diagnostics import AttndslError
from attndsl.models.device import first_line
from attndsl.models.places import Place

SECONDS = 10  # that the answer may take
FIRST = ("config.json", "tokenizer_config.json", "tokenizer.json")  # one of them is in every cache


def expect_there(name: str) -> None:
    """An error where neither the cache nor the hub has it; closed or busy ones fail in loading.

    The hub is asked once: transformers asks for each of its files, five times.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    try:
        if any(isinstance(try_to_load_from_cache(name, file), str) for file in FIRST):
            return
        get_hf_file_metadata(hf_hub_url(name, FIRST[0]), timeout=SECONDS)
    except GatedRepoError:
        return
    except RepositoryNotFoundError as fault:
        raise AttndslError(neither(name, "there is none of that name")) from fault
    except HfHubHTTPError:
        return
    except Exception as fault:  # of whichever HTTP library the hub's client uses
        raise AttndslError(neither(name, first_line(fault))) from fault


def neither(name: str, reason: str) -> str:
    """The error where a name leads to no model."""
    return (
        f"{name} is neither a folder here nor a model that the Hugging Face hub gave us: "
        f"{reason}. Check the name, the network, and for a closed model `hf auth login`; runs keep "
        "no paths, so where a run is of a model in a folder, give that folder"
    )


def explained(where: Place, name: str, error: Exception) -> str:
    if where.kind == "hub" and isinstance(error, OSError):
        return neither(name, reason_of(error))
    return f"{name} can't be loaded: {reason_of(error)}"


def reason_of(error: Exception) -> str:
    if "trust_remote_code" in str(error):
        return (
            "it needs Python code of its own, which attndsl never runs; only kinds of models and "
            "tokenizers that transformers knows work"
        )
    return first_line(error)
