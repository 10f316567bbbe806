# A caching front for feedsvc: Varnish 7, tested with Debian's.
#
# How to start it
#   varnishd -F -a :6081 -f /path/to/site/config/varnish.vcl -s malloc,256m -p http_gzip_support=off
# (Debian: `systemctl edit varnish`, an empty ExecStart= and then one with that line), and set
# base_url in config/site.yaml to the address that readers use.
#
# `http_gzip_support=off` matters: with it on, Varnish hides br from us, expands gzip for clients
# without it and weakens the ETag on the way. Off, each coding passes as the origin prepared it.
#
# How long an answer is fresh, and how long a stale one may stand in while it is being refreshed or
# while the origin is down, is said in one place: `caching` in config/site.yaml. Nothing here
# repeats it. There is no PURGE: answers expire by themselves, within max_age.

vcl 4.1;

import std;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 2s;
    .first_byte_timeout = 10s;
    .between_bytes_timeout = 5s;
    .max_connections = 100;
}

sub vcl_recv {
    if (req.restarts == 0) {
        unset req.http.X-Stage;
        unset req.http.X-Delta;
        unset req.http.X-Cache-Status;
    }

    # No request header reaches a document. The origin sees none of these in the first place.
    set req.http.Host = "localhost";
    unset req.http.Forwarded;
    unset req.http.X-Forwarded-For;
    unset req.http.X-Forwarded-Host;
    unset req.http.X-Forwarded-Port;
    unset req.http.X-Forwarded-Prefix;
    unset req.http.X-Forwarded-Proto;
    unset req.http.X-Forwarded-Scheme;
    unset req.http.X-Forwarded-Server;
    unset req.http.X-Forwarded-Ssl;
    unset req.http.X-Host;
    unset req.http.X-HTTP-Host-Override;
    unset req.http.X-HTTP-Method-Override;
    unset req.http.X-Original-URL;
    unset req.http.X-Rewrite-URL;
    unset req.http.X-Real-IP;
    unset req.http.Authorization;
    unset req.http.Cookie;
    unset req.http.Proxy;
    unset req.http.Range;
    unset req.http.If-Range;

    # To the origin an underscore in a name is a hyphen, as CGI has it. To Varnish it is not: it
    # would send these on and keep what is answered to them.
    unset req.http.A_IM;
    unset req.http.Accept_Encoding;
    unset req.http.If_Match;
    unset req.http.If_Modified_Since;
    unset req.http.If_None_Match;
    unset req.http.If_Unmodified_Since;
    unset req.http.User_Agent;

    # Unknown query parameters change nothing.
    set req.url = regsub(req.url, "\?.*$", "");

    # A hundred spellings become three: Vary then keeps three variants of a page.
    if (req.http.Accept-Encoding ~ "(?i)(^|[\s,])br(?!\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$))\b") {
        set req.http.Accept-Encoding = "br";
    } elsif (req.http.Accept-Encoding ~ "(?i)(^|[\s,])(x-)?gzip(?!\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$))\b") {
        set req.http.Accept-Encoding = "gzip";
    } else {
        set req.http.Accept-Encoding = "identity";
    }

    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);                  # OPTIONS is answered by the origin, the others get its 405
    }
    if (req.http.A-IM !~ "(?i)(^|[\s,])feed([\s,;]|$)" || !req.http.If-None-Match) {
        unset req.http.A-IM;            # RFC 3229 §10.5.3: it counts only with If-None-Match
    }
    return (hash);
}

sub vcl_hit {
    # RFC 3229: a delta is made for one client and never stored. A client that has this very
    # instance needs none: it gets its 304 from here.
    unset req.http.X-Delta;
    if (req.http.A-IM && !std.strstr(req.http.If-None-Match, obj.http.ETag)) {
        set req.http.X-Delta = "wanted";
    }
    if (obj.ttl > 0s && req.http.X-Delta) {
        return (pass);
    }
    if (obj.ttl <= 0s && !req.http.X-Stage
        && (req.http.X-Delta
            || obj.ttl + std.duration(obj.http.X-Stale-While-Revalidate, 0s) <= 0s)) {
        # Too old to stand in while it is being refreshed: wait for the origin.
        set req.http.X-Stage = "fetch";
        set req.grace = 0s;
        return (restart);
    }
    if (obj.ttl <= 0s) {
        set req.http.X-Cache-Status = "STALE";
    } else {
        set req.http.X-Cache-Status = "HIT";
    }
}

sub vcl_miss {
    set req.http.X-Cache-Status = "MISS";
}

sub vcl_pass {
    set req.http.X-Cache-Status = "BYPASS";
}

sub vcl_backend_response {
    if (beresp.status >= 500) {
        # RFC 5861 §4: what there is must survive, and an answer that is stored would replace it.
        if (bereq.is_bgfetch) {
            return (abandon);
        }
        if (bereq.http.X-Stage != "stale") {
            return (error);             # vcl_deliver then looks for a stale answer
        }
        set beresp.ttl = 0s;
        set beresp.grace = 0s;
        set beresp.uncacheable = true;
        return (deliver);
    }
    # Varnish takes stale-while-revalidate for grace and does not know stale-if-error. So grace is
    # made long enough for both, and vcl_hit keeps to the former as long as the origin answers.
    set beresp.http.X-Stale-While-Revalidate = "0s";
    set beresp.grace = 0s;
    if (beresp.http.Cache-Control ~ "stale-while-revalidate=[0-9]+") {
        set beresp.http.X-Stale-While-Revalidate = regsub(beresp.http.Cache-Control,
            "^.*stale-while-revalidate=([0-9]+).*$", "\1s");
        set beresp.grace = std.duration(beresp.http.X-Stale-While-Revalidate, 0s);
    }
    if (beresp.http.Cache-Control ~ "stale-if-error=[0-9]+"
        && std.duration(regsub(beresp.http.Cache-Control,
            "^.*stale-if-error=([0-9]+).*$", "\1s"), 0s) > beresp.grace) {
        set beresp.grace = std.duration(regsub(beresp.http.Cache-Control,
            "^.*stale-if-error=([0-9]+).*$", "\1s"), 0s);
    }
    set beresp.keep = 1h;               # after that, still good for If-None-Match to the origin
}

sub vcl_deliver {
    # The origin is down or broken: a stale answer, if there is one, beats an error.
    if (resp.status >= 500 && req.http.X-Stage != "stale" && req.method != "OPTIONS") {
        set req.http.X-Stage = "stale";
        set req.grace = 365d;           # as long as the answer itself allows
        return (restart);
    }
    # RFC 9110 §13.1.2: If-None-Match may be a list; Varnish compares it as a whole.
    if (req.http.If-None-Match && resp.http.ETag
        && std.strstr(req.http.If-None-Match, resp.http.ETag)) {
        set req.http.If-None-Match = resp.http.ETag;
    }
    set resp.http.X-Cache-Status = req.http.X-Cache-Status;
    unset resp.http.X-Stale-While-Revalidate;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}
