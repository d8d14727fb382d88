/* SPDX-License-Identifier: MIT */
/* Message IDs and fields; lint compares the catalog with this table. */

#include "daemon/base/log_catalog.h"

#include <stddef.h>

typedef struct Kind {
        const char *id, *field;
} Kind;

static const Kind kinds[EVENT_MAX_] = {
        [EVENT_OUTPUT_FAILS] = { "6e09ef088de1469db4dad87c64709bdf", "SOCKD_OUTPUT" },
        [EVENT_OUTPUT_WORKS] = { "62756176738f4c188644557058115b69", "SOCKD_OUTPUT" },
        [EVENT_OUTPUT_DROPS] = { "4e8d1034b8c54850a08969b900d4aaec", "SOCKD_OUTPUT" },
        [EVENT_OUTPUT_KEEPS_UP] = { "4ad3cf8fc51f4c1c938ad05aa6babdeb", "SOCKD_OUTPUT" },
        [EVENT_FILE_DAMAGED] = { "ef2302c8acf34ce7b39733712b45df7a", "SOCKD_OUTPUT" },
        [EVENT_FILE_REPAIRED] = { "c0f1d0b57b0944b0928100ac75285a6a", "SOCKD_OUTPUT" },
        [EVENT_NOT_REOPENED] = { "f9d95a02f4e99f7d719df5ed2c6e63ff", "SOCKD_OUTPUT" },
        [EVENT_FILE_TRUNCATED] = { "7c1de2a94b0f4e57a3d86f15c0b9e274", "SOCKD_OUTPUT" },
        [EVENT_RELOADED] = { "12e0bbaa6b544e03934017fb4045f2c3", NULL },
        [EVENT_NOT_RELOADED] = { "6c35c3b929f44c1180ab4ef8fed870d8", NULL },
        [EVENT_CONFIG_WARNING] = { "70209080d74c4c5fa3ef0d4f13487aec", NULL },
        [EVENT_DATAGRAMS_LOST] = { "d93b9adf118040fd835e8f64cd7cfe42", "SOCKD_LISTENER" },
        [EVENT_DATAGRAMS_KEPT] = { "4e03e48c98ad461fae3ea17d81168448", "SOCKD_LISTENER" },
        [EVENT_PEER_REFUSED] = { "bdd837e17abf49349061891605cecab6", "SOCKD_LISTENER" },
        [EVENT_PEER_DENIED] = { "695703ddfea54a57bd96a7d3515149a3", "SOCKD_LISTENER" },
        [EVENT_BAD_HEADER] = { "7e1f71886d21475a850b7ebad3934477", "SOCKD_LISTENER" },
        [EVENT_HANDSHAKE_FAILED] = { "a90edf3f386c469a945d59666c605203", "SOCKD_LISTENER" },
        [EVENT_CERTIFICATE_EXPIRES] = { "9676699fb1ce4504bfb3088a554f2c8f", "SOCKD_LISTENER" },
        [EVENT_PARTIAL_REFUSED] = { "bf2d1858bcfd441eaafa8079f16e4fd9", "SOCKD_LISTENER" },
        [EVENT_HOLDING_BACK] = { "43e047c038bf45749f35ec449b46d1bc", NULL },
        [EVENT_HELD_BACK] = { "e6ed9570bad2460a96c98547f0b57bb9", NULL },
        [EVENT_RECEIPTS_REFUSED] = { "bb23e4cb19489040c10a109f8c3481cd", "SOCKD_LISTENER" },
        [EVENT_RESET_UNREAD] = { "bba4f9686e1c4abdbe64444899d520fc", "SOCKD_LISTENER" },
        [EVENT_BAD_FRAME] = { "1ab1b928c13c4c4caefcfaaf5a5764e1", "SOCKD_LISTENER" },
        [EVENT_CUT_OFF] = { "0d1c4a6f0c7b4a51a6b52a54e27c8d13", "SOCKD_LISTENER" },
        [EVENT_FRAMING_MISMATCH] = { "5b7040f0e1d642089b7f42c66fd8eac4", "SOCKD_LISTENER" },
        [EVENT_CANNOT_ACCEPT] = { "ef09e8bed4d445f69d5e51a26f2a44a5", "SOCKD_LISTENER" },
        [EVENT_CANNOT_LISTEN] = { "45042fd1f90a415d92c011474aaea801", NULL },
        [EVENT_LISTENER_WAITS] = { "50a5d4479e2249daba7e53957a1258d3", "SOCKD_LISTENER" },
        [EVENT_LISTENER_COMPLETE] = { "a06a7717e5b74330bdb733bda14f7de5", "SOCKD_LISTENER" },
        [EVENT_USERS_UNKNOWN] = { "b3e7a1c49d0f4c5f8a6d2e91740cb85a", NULL },
        [EVENT_DESCRIPTOR_REFUSED] = { "0f49ff8302d742cc891c42bced0f84df", NULL },
        [EVENT_NOT_STORED] = { "c4b86be039154896ac49e130c01350f7", NULL },
        [EVENT_STALLED] = { "b59ac0f3e4454c788f5f4b0b040aa22e", NULL },
};

const char *log_catalog_id(Event e) {
        return kinds[e].id;
}

const char *log_catalog_field(Event e) {
        return kinds[e].field;
}
