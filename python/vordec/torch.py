# SPDX-License-Identifier: MIT
"""Decodes as a function of PyTorch's: fields of states, with gradients.

    fields = vordec.torch.decode(decoder, z)
    (fields.omega_hat - target).square().mean().backward()

Nothing else of this package imports torch.
"""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple, Optional

import numpy as np
import numpy.typing as npt
import torch
from torch.autograd.function import once_differentiable

from ._dlpack import give
from .decoder import Decoder
from .device_slots import FIELDS, Place, Slot
from .device_slots import Z as SLOT_Z
from .device_gradients import HAT, K, LP, MASK, RESIDUAL, Z, DeviceAdjoint
from .errors import InputError, NoMemory, Unsupported, UsageError

_GPUS = ("discrete", "integrated", "virtual")
_FIELDS = ("omega_lp", "mask", "omega_hat")
_ARRAYS = {"omega_lp": LP, "omega_hat": HAT}


class Decoded(NamedTuple):
    """Fields of one decode, with z's leading axes. None: the decoder does not make it."""

    omega_lp: Optional[torch.Tensor]
    mask: Optional[torch.Tensor]
    omega_hat: Optional[torch.Tensor]


def decode(decoder: Decoder, z: torch.Tensor, residual: Optional[torch.Tensor] = None) -> Decoded:
    """Decodes z, (D,) or (.., D), on whatever device of torch's it is; fields are where z is, in the decoder's
    precision (decoder.dtype: float64 on the CPU backend). residual: the caller's field, (.., N, N), for a decoder that
    was made for one.

    Gradients pass through omega_lp and omega_hat to the coefficients in z, low modes and kept ones, and to the
    residual. The mask is a constant: it is piecewise constant, so that nothing passes through it. support_frac, the
    energies and K are constants, too, and so are bands that the decoder synthesises. There is no second derivative:
    the first does not depend on z, and asking for one is an error. For the gradient by a residual the decoder has to
    make the mask. Where z and the decoder are on the same GPU, z and the fields stay there (decode(device=True)), and so
    does a residual that is on that GPU, where the decoder makes the mask, to the same bits; and where cotangents are,
    they and the gradients stay, too. Otherwise they go through the host's memory. What was worth nothing as evidence is
    refused by the next gradient, if nobody waited for the last.

    Errors as those of Decoder.decode() and Decoder.gradients(). Where all stays on a GPU, the host does not wait: what
    was wrong with values of z, whose fields are NaN then, with those of the residual, which are in omega_hat then, or
    with the evidence is raised by the decoder's next call of this function or decode(device=True); at once under
    [export] slots = 1. A decoder serves one thread at a time, also backwards.
    """
    d, n = decoder.layout.d, decoder.layout.n
    _check_dtype("z", z)
    if z.ndim == 0 or z.shape[-1] != d or z.numel() == 0:
        raise InputError(f"z: shape {tuple(z.shape)}: expected (.., D) with D = {d}")
    lead = tuple(z.shape[:-1])
    if residual is not None and tuple(residual.shape) != (*lead, n, n):
        raise InputError(f"residual: shape {tuple(residual.shape)}: expected {(*lead, n, n)}")
    if residual is not None:
        _check_dtype("residual", residual)
        if not decoder._takes_residual:
            raise UsageError("a residual is given that the decoder was not made for")
    names = [name for name in _FIELDS if name in decoder.outputs]
    if not names:
        raise UsageError("the decoder makes none of omega_lp, mask and omega_hat")
    if residual is not None and residual.requires_grad and "mask" not in names:
        raise UsageError("a gradient by the residual needs the mask, which the decoder does not compute: add it to outputs")
    given = None if residual is None else _shaped(residual, -1, n, n)
    made = _Decode.apply(decoder, names, _shaped(z, -1, d), given)
    return Decoded(**{name: None for name in _FIELDS} |
                   {name: _shaped(field, *lead, n, n) for name, field in zip(names, made)})


def _check_dtype(what: str, tensor: torch.Tensor) -> None:
    if tensor.dtype == torch.bool or tensor.is_complex():
        raise InputError(f"{what}: dtype {str(tensor.dtype).partition('.')[2]}: expected real numbers")


def _shaped(tensor: torch.Tensor, *shape: int) -> torch.Tensor:
    """The same if it has as many axes already: each view is one more step for the gradient."""
    return tensor if tensor.ndim == len(shape) else tensor.reshape(shape)


def _dtype_of(dtype: npt.DTypeLike) -> torch.dtype:
    return {"float32": torch.float32, "float64": torch.float64, "int8": torch.int8}[np.dtype(dtype).name]


def _on_host(tensor: torch.Tensor, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """From a GPU into pinned memory, which torch recycles: pageable memory takes ten times as long."""
    here = tensor.detach().to(_dtype_of(dtype)).contiguous()
    if here.device.type != "cpu":
        here = torch.empty(here.shape, dtype=here.dtype, pin_memory=True).copy_(here)
    array: npt.NDArray[Any] = here.numpy()
    return array


def _stays_there(decoder: Decoder, z: torch.Tensor, residual: Optional[torch.Tensor]) -> bool:
    """Whether states and fields can stay on one GPU, as far as can be told before it is tried."""
    return z.device.type == "cuda" and decoder.info.device.type in _GPUS and _adds_there(decoder, z, residual)


def _adds_there(decoder: Decoder, z: torch.Tensor, residual: Optional[torch.Tensor]) -> bool:
    """Whether a residual can be added where the fields are: it is the last term of omega_hat, and its gate is the mask."""
    return residual is None or (residual.device == z.device and "mask" in decoder.outputs)


def _add_residual(decoder: Decoder, made: dict[str, torch.Tensor], residual: torch.Tensor) -> None:
    """What the decoder's last stage does, to the same bits: the residual is rounded to its precision and added where
    the mask is not 0."""
    if "omega_hat" not in made:
        return
    hat, mask = made["omega_hat"], made["mask"]
    given = residual.detach().to(hat.dtype)
    if decoder.runtime.config.value("combine", "gate") == "signed":
        given = torch.where(mask < 0, -given, given)
    made["omega_hat"] = torch.where(mask != 0, hat + given, hat)


def _check_later(decoder: Decoder, residual: torch.Tensor) -> None:
    """Has the decoder's next decode look at the residual's least and greatest value, which are copied to the host
    meanwhile."""
    given = residual.detach()
    if given.dtype not in (torch.float16, torch.bfloat16, torch.float32):
        given = given.to(torch.float64)
    ends = torch.stack(torch.aminmax(given)).to(torch.float64)
    copied = None
    if ends.device.type == "cuda":
        ends = torch.empty(2, dtype=torch.float64, pin_memory=True).copy_(ends, non_blocking=True)
        copied = torch.cuda.Event()
        copied.record(torch.cuda.current_stream(residual.device))

    def check() -> None:
        if copied is not None:
            copied.synchronize()
        most = float(np.finfo(decoder.dtype).max) / 16
        worst = max(ends.tolist(), key=abs)  # both are NaN if one value is
        if not np.isfinite(worst):
            raise InputError(f"residual: a value of the last decode's is {'NaN' if np.isnan(worst) else 'infinite'}")
        if abs(worst) > most:
            raise InputError(f"residual: a value of the last decode's is {worst:g}: a decode in {decoder.info.precision} "
                             f"overflows beyond {most:g}" +
                             ("; use [decode] precision = fp64" if decoder.info.precision == "fp32" else ""))

    decoder._unchecked = check


def _decode_there(decoder: Decoder, names: list[str], z: torch.Tensor,
                  residual: Optional[torch.Tensor] = None) -> dict[str, torch.Tensor]:
    """Fields that torch owns, made and copied where the decoder's device has them. The host does not wait: what is wrong
    with z or the residual, or with the evidence, is raised by the next decode, until which the slot is held; at once if
    there is but one slot."""
    def fill(slot: Slot) -> int:
        there = slot.tensors
        if not there:
            there.update({what: _tensor_at(slot.place_of(what)) for what in (SLOT_Z, *(FIELDS[name] for name in names))})
        if z.device != there[SLOT_Z].device:
            raise InputError(f"z: it is on {z.device}, the decoder on {there[SLOT_Z].device}: copy it there first")
        there[SLOT_Z].copy_(z.detach())
        return _current_stream(z.device)

    slot = decoder._decode_in_place(len(z), fill)
    made = {name: slot.tensors[FIELDS[name]].clone() for name in names}
    if residual is not None:
        _add_residual(decoder, made, residual)
        _check_later(decoder, residual)
    if slot.ring.info.slots == 1:
        decoder._settle()
    return made


def _current_stream(device: torch.device) -> int:
    """CUDA's handle of the stream that torch works on; on the host there is none."""
    return int(torch.cuda.current_stream(device).cuda_stream) if device.type == "cuda" else 0


def _join_stream(adjoint: DeviceAdjoint, device: torch.device) -> int:
    """CUDA's handle of the stream that torch works on, which goes on from where the last run's is."""
    stream = torch.cuda.current_stream(device)
    if adjoint.last_stream is not None and adjoint.last_stream != stream:
        stream.wait_stream(adjoint.last_stream)
    adjoint.last_stream = stream
    return int(stream.cuda_stream)


def _returns_there(decoder: Decoder, cotangents: list[torch.Tensor]) -> bool:
    """Whether cotangents and gradients can stay on one GPU, as far as can be told before it is tried."""
    return decoder.info.device.type in _GPUS and all(cotangent.device.type == "cuda" for cotangent in cotangents)


def _tensor_at(place: Place) -> torch.Tensor:
    tensor: torch.Tensor = torch.from_dlpack(give(*place, None))
    return tensor


def _tensors_of(adjoint: DeviceAdjoint) -> dict[int, torch.Tensor]:
    """Its arrays, made once."""
    if not adjoint.tensors:
        adjoint.tensors = {what: _tensor_at(place) for what, place in adjoint.places.items()}
    return adjoint.tensors


def _transpose_there(ctx: Any, given: dict[str, torch.Tensor],
                     mask: Optional[torch.Tensor]) -> tuple[Optional[torch.Tensor], Optional[torch.Tensor]]:
    """Gradients by z and by the residual, where the decoder's device has them. Unsupported: it is another device than
    torch's, or shares nothing."""
    decoder, count, by_z = ctx.decoder, len(ctx.kept), ctx.needs_input_grad[2]
    with decoder._taken():
        adjoint = decoder._device_adjoint(count)
        there = _tensors_of(adjoint)
        if any(cotangent.device != there[Z].device for cotangent in given.values()):
            raise Unsupported("the cotangents are on another device than the decoder's", "device-not-found")
        stream = _join_stream(adjoint, there[Z].device)
        for name, cotangent in given.items():
            there[_ARRAYS[name]].copy_(cotangent)
        if by_z and ctx.kept_max:
            there[K].copy_(ctx.kept)
        if mask is not None:
            there[MASK].copy_(mask)
        adjoint.start(count, "omega_lp" in given, "omega_hat" in given, by_z, mask is not None, stream)
        return (there[Z].to(*ctx.like_z, copy=True) if by_z else None,
                there[RESIDUAL].to(*ctx.like_residual, copy=True) if mask is not None else None)


def _transpose_here(ctx: Any, given: dict[str, torch.Tensor],
                    mask: Optional[torch.Tensor]) -> tuple[Optional[torch.Tensor], Optional[torch.Tensor]]:
    """The same through the host's memory. Of the states K alone counts."""
    decoder = ctx.decoder
    states = np.zeros((len(ctx.kept), decoder.layout.d))
    states[:, 2 * decoder.layout.m + 3] = _on_host(ctx.kept, np.float64)
    fields = {name: _on_host(cotangent, decoder.dtype) for name, cotangent in given.items()}
    got = decoder.gradients(states, **fields, mask=None if mask is None else _on_host(mask, np.int8))
    return (torch.from_numpy(got.z).to(*ctx.like_z) if ctx.needs_input_grad[2] else None,
            torch.from_numpy(got.residual).to(*ctx.like_residual) if mask is not None else None)


def _decode_here(decoder: Decoder, names: list[str], z: torch.Tensor,
                 residual: Optional[torch.Tensor]) -> dict[str, torch.Tensor]:
    decoder._settle()
    result = decoder.decode(_on_host(z, np.float64), residual=None if residual is None else _on_host(residual, np.float64))
    return {name: torch.from_numpy(getattr(result, name)) for name in names}


class _Decode(torch.autograd.Function):
    """States (B, D) and residuals (B, N, N) or None to the fields that `names` names."""

    @staticmethod
    def forward(ctx: Any, decoder: Decoder, names: list[str], z: torch.Tensor,
                residual: Optional[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        made = None
        if _stays_there(decoder, z, residual):
            with contextlib.suppress(Unsupported):  # CUDA does not see the decoder's GPU, or the driver shares nothing
                made = _decode_there(decoder, names, z, residual)
        if made is None:
            made = {name: field.to(z.device) for name, field in _decode_here(decoder, names, z, residual).items()}
        ctx.set_materialize_grads(False)
        ctx.decoder, ctx.names = decoder, names
        ctx.kept_max = z.shape[1] > 2 * decoder.layout.m + 4
        if any(ctx.needs_input_grad):  # z may have changed by then
            ctx.kept = z.detach()[:, 2 * decoder.layout.m + 3].clone()
        ctx.like_z, ctx.like_residual = (z.device, z.dtype), residual is not None and (residual.device, residual.dtype)
        if "mask" in made:
            ctx.mark_non_differentiable(made["mask"])
        if residual is not None and ctx.needs_input_grad[3]:
            ctx.save_for_backward(made["mask"])
        return tuple(made.values())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *cotangents: Optional[torch.Tensor]) -> tuple[Optional[torch.Tensor], ...]:
        given = {name: cotangent for name, cotangent in zip(ctx.names, cotangents)
                 if cotangent is not None and name != "mask"}
        mask = ctx.saved_tensors[0] if ctx.saved_tensors and "omega_hat" in given else None
        if not given or not (ctx.needs_input_grad[2] or mask is not None):
            return None, None, None, None
        if _returns_there(ctx.decoder, list(given.values())):
            with contextlib.suppress(Unsupported, NoMemory):
                return None, None, *_transpose_there(ctx, given, mask)
        return None, None, *_transpose_here(ctx, given, mask)
