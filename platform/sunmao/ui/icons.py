"""The icons, drawn for Sunmao: one 24-unit grid, open strokes, mitred joints, no fills.

Each value is the inside of an `<svg>`; `templatetags.ui_tags.icon` adds the frame.
"""

from __future__ import annotations

from typing import Final

FALLBACK: Final = "dot"

ICONS: Final[dict[str, str]] = {
    # the four business lines
    "chat": '<path d="M4 5h16v11H10.5L6 20v-4H4z"/><path d="M8 9.25h8M8 12.25h5"/>',
    "stethoscope": (
        '<path d="M6.5 3.5H5v5.25a4 4 0 0 0 8 0V3.5h-1.5"/><path d="M9 12.75v2.75a4.75 4.75 0 0 0 9.5 0V13"/>'
        '<circle cx="18.5" cy="11" r="2"/>'
    ),
    "chart": '<path d="M4 4v16h16"/><path d="m7.5 15 3.5-4.5 3 2.5 5-6.5"/><path d="M15.5 6.5H19V10"/>',
    "contract": (
        '<path d="M6 3.5h8.5L18 7v13.5H6z"/><path d="M14.5 3.5V7H18"/><path d="M9 10.5h6M9 13.5h6"/>'
        '<path d="M9 17.25c1-1.25 1.75-1.25 2 0 .25 1 1 1 2-.25"/>'
    ),
    # doing
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>',
    "send": '<path d="M12 19.5V5M6 11l6-6 6 6"/>',
    "stop": '<path d="M6.5 6.5h11v11h-11z"/>',
    "retry": '<path d="M19 12a7 7 0 1 1-2.2-5.1"/><path d="M19.5 3.75V8H15.25"/>',
    "copy": '<path d="M8.5 8.5h11v11h-11z"/><path d="M15.5 8.5v-4h-11v11h4"/>',
    "upload": '<path d="M12 15.5V4.5M7.5 9 12 4.5 16.5 9"/><path d="M4.5 14.5v5h15v-5"/>',
    "download": '<path d="M12 4.5v11M7.5 11l4.5 4.5 4.5-4.5"/><path d="M4.5 14.5v5h15v-5"/>',
    "edit": '<path d="m5 15.5 10.5-10.5L19 8.5 8.5 19H5z"/><path d="m13 7.5 3.5 3.5"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "print": '<path d="M7 8.5v-5h10v5"/><path d="M7 16.5H4v-8h16v8h-3"/><path d="M7 13.5h10v7H7z"/>',
    "thumb-up": (
        '<path d="M4 10.5h3.5v9H4z"/><path d="M7.5 11 11 3.5c1.75 0 2.5 1 2.5 2.5v3.5H20l-1.75 10H7.5"/>'
    ),
    "thumb-down": (
        '<path d="M20 13.5h-3.5v-9H20z"/>'
        '<path d="M16.5 13 13 20.5c-1.75 0-2.5-1-2.5-2.5v-3.5H4l1.75-10H16.5"/>'
    ),
    # going
    "chevron": '<path d="m6 9.5 6 6 6-6"/>',
    "arrow": '<path d="M4.5 12h15M13 5.5l6.5 6.5-6.5 6.5"/>',
    "back": '<path d="M19.5 12h-15M11 5.5 4.5 12l6.5 6.5"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "external": '<path d="M13.5 4.5h6v6"/><path d="m19 5-8.5 8.5"/><path d="M17.5 13.5v6h-13v-13h6"/>',
    "sign-out": '<path d="M13 4.5H5v15h8"/><path d="M10 12h9.5M16 8.5l3.5 3.5-3.5 3.5"/>',
    # things
    "globe": (
        '<circle cx="12" cy="12" r="8.25"/><path d="M3.75 12h16.5"/>'
        '<path d="M12 3.75c-5 5-5 11.5 0 16.5 5-5 5-11.5 0-16.5z"/>'
    ),
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20c.5-4 3.5-5.5 7.5-5.5s7 1.5 7.5 5.5"/>',
    "book": (
        '<path d="M12 6.5C10 5 7.5 4.5 4 4.5v13c3.5 0 6 .5 8 2 2-1.5 4.5-2 8-2v-13c-3.5 0-6 .5-8 2z"/>'
        '<path d="M12 6.5v13"/>'
    ),
    "quote": '<path d="M5 6.5h5v5.5l-2.5 5.5H6L7.5 12H5zM14 6.5h5v5.5l-2.5 5.5H15l1.5-5.5H14z"/>',
    "rule": '<path d="M3.5 8.5h17v7h-17z"/><path d="M7 8.5V12M10.25 8.5v2M13.5 8.5V12M16.75 8.5v2"/>',
    "file": '<path d="M6 3.5h8.5L18 7v13.5H6z"/><path d="M14.5 3.5V7H18"/>',
    "clock": '<circle cx="12" cy="12" r="8.25"/><path d="M12 7v5l3.5 2"/>',
    "lock": '<path d="M5.5 10.5h13v9.5h-13z"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/><path d="M12 14v2.5"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8.5-8.5M15.5 8l3 3M18 5.5l2 2"/>',
    "phone": '<path d="M7 3.5h10v17H7z"/><path d="M10.5 17.5h3"/>',
    "organisation": (
        '<path d="M4.5 20V4.5h9V20M13.5 9.5h6V20"/><path d="M3 20h18"/>'
        '<path d="M7.5 8h3M7.5 11.5h3M7.5 15h3M16.5 13h.5M16.5 16.5h.5"/>'
    ),
    "console": '<path d="M4 4.5h6.5V11H4zM13.5 4.5H20V11h-6.5zM4 14h6.5v5.5H4zM13.5 14H20v5.5h-6.5z"/>',
    "sun": (
        '<circle cx="12" cy="12" r="4"/>'
        '<path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4"/>'
    ),
    "tray": '<path d="M4 13.5 6.5 5h11l2.5 8.5v6H4z"/><path d="M4 13.5h5l1 2.5h4l1-2.5h5"/>',
    # states
    "check": '<path d="m4.5 12.5 5 5 10-11"/>',
    "warning": '<path d="M12 4 21 19.5H3z"/><path d="M12 10v4.5M12 16.75v.5"/>',
    "info": '<circle cx="12" cy="12" r="8.25"/><path d="M12 11.25v5M12 7.75v.5"/>',
    "dot": '<circle cx="12" cy="12" r="3"/>',
    # severities: five different outlines, so that shape alone tells them apart
    "severity-critical": '<path d="M8.5 3.5h7l5 5v7l-5 5h-7l-5-5v-7z"/><path d="m9 9 6 6M15 9l-6 6"/>',
    "severity-high": '<path d="M12 4 21 19.5H3z"/><path d="M12 10v4.5M12 16.75v.5"/>',
    "severity-medium": '<path d="m12 3.5 8.5 8.5-8.5 8.5L3.5 12z"/><path d="M12 8.5v4.25M12 15v.5"/>',
    "severity-low": '<circle cx="12" cy="12" r="8.25"/><path d="M12 7.5v8.5M8.75 12.75 12 16l3.25-3.25"/>',
    "severity-info": '<path d="M4.5 4.5h15v15h-15z"/><path d="M12 11.25v5M12 7.75v.5"/>',
}
