/* A small DTLS 1.2 server on Mbed TLS's library, for what its own test server cannot do: it serves many clients from one
 * unconnected UDP socket, knows an association by its Connection ID wherever a datagram comes from, and answers to the
 * newest address that an authentic record came from (RFC 9146 6).
 *
 * mbedtls_server PORT IDENTITY KEY_HEX echo|coap
 *
 * One line of output an event:
 *   listening PORT
 *   record ID EPOCH SEQUENCE      a record of association ID was received: printed before it is opened, so also of forged ones
 *   connected ID                  its handshake is done
 *   moved ID PORT                 it is answered at another port from now on
 *   data ID LENGTH                it sent application data, which was answered
 *   ended ID REASON               it is forgotten: closed by the client, or what Mbed TLS said
 *   stray                         a datagram that belongs to no association
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mbedtls/ctr_drbg.h"
#include "mbedtls/entropy.h"
#include "mbedtls/ssl.h"
#include "mbedtls/ssl_ciphersuites.h"
#include "mbedtls/ssl_cookie.h"
#include "mbedtls/timing.h"
#include "psa/crypto.h"

enum { CID = 4, ASSOCIATIONS = 256, RECORD = 13, CLIENT_RANDOM = RECORD + 12 + 2 };
enum { HANDSHAKE = 22, TLS12_CID = 25, CLIENT_HELLO = 1 };

struct association {
    int used, connected;
    unsigned id;
    mbedtls_ssl_context ssl;
    mbedtls_timing_delay_context timer;
    struct sockaddr_in address, from; /* where it is answered, and where the datagram at hand came from */
    unsigned long long newest;        /* epoch and sequence number of the newest authentic record */
    unsigned char random[32];         /* of the ClientHello that began it */
    unsigned long long now;           /* epoch and sequence number of the record at hand */
    const unsigned char *datagram;
    size_t length;
};

static int socket_fd;
static unsigned next_id;
static int coap;
static mbedtls_ssl_config config;
static struct association associations[ASSOCIATIONS];

static int to_wire(void *context, const unsigned char *data, size_t length)
{
    struct association *a = context;
    ssize_t sent = sendto(socket_fd, data, length, 0, (struct sockaddr *) &a->address, sizeof a->address);
    return sent < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : (int) sent;
}

static int from_wire(void *context, unsigned char *into, size_t room)
{
    struct association *a = context;
    size_t length = a->length;
    if (length == 0 || length > room) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    memcpy(into, a->datagram, length);
    a->length = 0;
    return (int) length;
}

static void end(struct association *a, int reason)
{
    if (reason == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        printf("ended %u closed\n", a->id);
    } else {
        printf("ended %u -0x%04x\n", a->id, (unsigned) -reason);
    }
    mbedtls_ssl_free(&a->ssl);
    a->used = 0;
}

/* The Connection ID is the association's number. */
static void cid_of(unsigned id, unsigned char cid[CID])
{
    for (int i = 0; i < CID; i++) {
        cid[i] = (unsigned char) (id >> 8 * (CID - 1 - i));
    }
}

static int prepare(struct association *a)
{
    unsigned char cid[CID];
    cid_of(a->id, cid);
    int ret = mbedtls_ssl_set_client_transport_id(&a->ssl, (unsigned char *) &a->address, sizeof a->address);
    return ret != 0 ? ret : mbedtls_ssl_set_cid(&a->ssl, MBEDTLS_SSL_CID_ENABLED, cid, CID);
}

static struct association *begin(const struct sockaddr_in *from, const unsigned char *random)
{
    struct association *a = NULL;
    for (int i = 0; i < ASSOCIATIONS && a == NULL; i++) {
        a = associations[i].used ? NULL : &associations[i];
    }
    if (a == NULL) {
        /* the oldest gives way */
        a = &associations[0];
        for (int i = 1; i < ASSOCIATIONS; i++) {
            a = associations[i].id < a->id ? &associations[i] : a;
        }
        end(a, MBEDTLS_ERR_SSL_TIMEOUT);
    }
    memset(a, 0, sizeof *a);
    a->used = 1;
    a->id = ++next_id;
    a->address = *from;
    memcpy(a->random, random, sizeof a->random);
    mbedtls_ssl_init(&a->ssl);
    int ret = mbedtls_ssl_setup(&a->ssl, &config);
    if (ret == 0) {
        mbedtls_ssl_set_timer_cb(&a->ssl, &a->timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);
        mbedtls_ssl_set_bio(&a->ssl, a, to_wire, from_wire, NULL);
        ret = prepare(a);
    }
    if (ret != 0) {
        end(a, ret);
        return NULL;
    }
    return a;
}

/* A CoAP server of one resource, which every path names: 2.05 with how many requests came so far (RFC 7252 4.2, 5.2.1). */
static size_t coap_answer(const unsigned char *request, size_t length, unsigned char *out)
{
    static unsigned count;
    size_t token = length >= 4 ? request[0] & 0x0f : 0;
    if (length < 4 + token || request[0] >> 6 != 1 || token > 8) {
        return 0;
    }
    int type = request[0] >> 4 & 3, code = request[1];
    if (type >= 2 || (code == 0 && type == 1) || code >= 32) {
        return 0;
    }
    memcpy(out, request, 4 + token);
    if (code == 0) {
        out[0] = 0x70; /* a ping is answered by a Reset */
        return 4;
    }
    out[0] = (unsigned char) (0x40 | (type == 0 ? 0x20 : 0x10) | token);
    out[1] = 0x45;
    return 4 + token + (size_t) sprintf((char *) out + 4 + token, "\xff%u", ++count);
}

/* Answers at the newest address, and only a newer record moves it (RFC 9146 6). */
static void authentic(struct association *a)
{
    if (a->now > a->newest) {
        a->newest = a->now;
        if (memcmp(&a->address, &a->from, sizeof a->address) != 0) {
            a->address = a->from;
            printf("moved %u %u\n", a->id, ntohs(a->from.sin_port));
        }
    }
}

static void turn(struct association *a)
{
    unsigned char data[MBEDTLS_SSL_IN_CONTENT_LEN], answer[MBEDTLS_SSL_IN_CONTENT_LEN];
    while (a->used) {
        int ret;
        if (!a->connected) {
            ret = mbedtls_ssl_handshake(&a->ssl);
            if (ret == 0) {
                a->connected = 1;
                a->newest = a->now;
                printf("connected %u\n", a->id);
                continue;
            }
            if (ret == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
                ret = mbedtls_ssl_session_reset(&a->ssl);
                ret = ret != 0 ? ret : prepare(a);
                if (ret == 0) {
                    return;
                }
            }
        } else {
            ret = mbedtls_ssl_read(&a->ssl, data, sizeof data);
            if (ret > 0) {
                size_t length = (size_t) ret;
                authentic(a);
                if (coap) {
                    length = coap_answer(data, length, answer);
                } else {
                    memcpy(answer, data, length);
                }
                ret = length == 0 ? 0 : mbedtls_ssl_write(&a->ssl, answer, length);
                if (ret >= 0) {
                    printf("data %u %zu\n", a->id, length);
                    continue;
                }
            }
        }
        if (ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE) {
            return;
        }
        end(a, ret);
    }
}

static struct association *find(const unsigned char *datagram, size_t length, const struct sockaddr_in *from)
{
    if (length >= RECORD - 2 + CID + 2 && datagram[0] == TLS12_CID) {
        for (int i = 0; i < ASSOCIATIONS; i++) {
            unsigned char cid[CID];
            cid_of(associations[i].id, cid);
            if (associations[i].used && memcmp(datagram + 11, cid, CID) == 0) {
                return &associations[i];
            }
        }
        return NULL;
    }
    int hello = length >= CLIENT_RANDOM + 32 && datagram[0] == HANDSHAKE && datagram[3] == 0 && datagram[4] == 0
        && datagram[RECORD] == CLIENT_HELLO;
    struct association *latest = NULL;
    for (int i = 0; i < ASSOCIATIONS; i++) {
        struct association *a = &associations[i];
        if (a->used && memcmp(&a->address, from, sizeof *from) == 0
            && (!hello || memcmp(a->random, datagram + CLIENT_RANDOM, 32) == 0)) {
            latest = latest == NULL || a->id > latest->id ? a : latest;
        }
    }
    /* a ClientHello with another random begins another association, whatever stands at its address */
    return latest == NULL && hello ? begin(from, datagram + CLIENT_RANDOM) : latest;
}

/* Tells each record's number, and remembers the last. */
static void tell(struct association *a, const unsigned char *datagram, size_t length)
{
    while (length >= RECORD) {
        size_t cid = datagram[0] == TLS12_CID ? CID : 0;
        unsigned long long number = 0;
        for (int i = 3; i < 11; i++) {
            number = number << 8 | datagram[i];
        }
        if (length < RECORD + cid) {
            return;
        }
        size_t whole = RECORD + cid + ((size_t) datagram[11 + cid] << 8 | datagram[12 + cid]);
        a->now = number;
        printf("record %u %llu %llu\n", a->id, number >> 48, number & 0xffffffffffff);
        if (whole > length) {
            return;
        }
        datagram += whole;
        length -= whole;
    }
}

static void receive(void)
{
    unsigned char datagram[16384 + 1024];
    struct sockaddr_in from;
    memset(&from, 0, sizeof from);
    socklen_t size = sizeof from;
    ssize_t length = recvfrom(socket_fd, datagram, sizeof datagram, 0, (struct sockaddr *) &from, &size);
    if (length <= 0) {
        return;
    }
    struct association *a = find(datagram, (size_t) length, &from);
    if (a == NULL) {
        printf("stray\n");
        return;
    }
    tell(a, datagram, (size_t) length);
    a->from = from;
    a->datagram = datagram;
    a->length = (size_t) length;
    turn(a);
    a->length = 0;
}

static int fail(const char *what, int ret)
{
    fprintf(stderr, "%s: -0x%04x\n", what, (unsigned) -ret);
    return 1;
}

static int set_up(const char *identity, const char *hex)
{
    static mbedtls_entropy_context entropy;
    static mbedtls_ctr_drbg_context random;
    static mbedtls_ssl_cookie_ctx cookies;
    static const int suites[] = { MBEDTLS_TLS_PSK_WITH_AES_128_CCM_8, 0 };
    unsigned char key[64];
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length && i < sizeof key; i++) {
        unsigned byte = 0;
        sscanf(hex + 2 * i, "%2x", &byte);
        key[i] = (unsigned char) byte;
    }
    if (psa_crypto_init() != PSA_SUCCESS) {
        return fail("psa_crypto_init", -1);
    }
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_ssl_cookie_init(&cookies);
    mbedtls_ssl_config_init(&config);
    int ret = mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
    if (ret == 0) {
        ret = mbedtls_ssl_config_defaults(
            &config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);
    }
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    if (ret == 0) {
        ret = mbedtls_ssl_cookie_setup(&cookies, mbedtls_ctr_drbg_random, &random);
    }
    mbedtls_ssl_conf_dtls_cookies(&config, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, &cookies);
    mbedtls_ssl_conf_ciphersuites(&config, suites);
    mbedtls_ssl_conf_max_tls_version(&config, MBEDTLS_SSL_VERSION_TLS1_2);
    if (ret == 0) {
        ret = mbedtls_ssl_conf_psk(&config, key, length, (const unsigned char *) identity, strlen(identity));
    }
    if (ret == 0) {
        ret = mbedtls_ssl_conf_cid(&config, CID, MBEDTLS_SSL_UNEXPECTED_CID_IGNORE);
    }
    return ret == 0 ? 0 : fail("set-up", ret);
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "mbedtls_server PORT IDENTITY KEY_HEX echo|coap\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    coap = strcmp(arguments[4], "coap") == 0;
    if (set_up(arguments[2], arguments[3]) != 0) {
        return 1;
    }
    struct sockaddr_in own;
    memset(&own, 0, sizeof own);
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    own.sin_port = htons((unsigned short) atoi(arguments[1]));
    socket_fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (socket_fd < 0 || bind(socket_fd, (struct sockaddr *) &own, sizeof own) != 0) {
        perror("bind");
        return 1;
    }
    printf("listening %s\n", arguments[1]);
    for (;;) {
        struct pollfd readable = { socket_fd, POLLIN, 0 };
        if (poll(&readable, 1, 50) > 0) {
            receive();
        }
        for (int i = 0; i < ASSOCIATIONS; i++) {
            if (associations[i].used && mbedtls_timing_get_delay(&associations[i].timer) == 2) {
                turn(&associations[i]);
            }
        }
    }
}
