# SPDX-License-Identifier: MIT
"""What scripts/compare-builds and scripts/compare-speed are made of."""
