//! Media, sans-IO: SDP, RTP, SRTP, ICE, DTLS, relay, tones.
