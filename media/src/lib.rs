//! Media, sans-IO: SDP and offer/answer, RTP, SRTP, ICE-lite, DTLS, the relay and what plays into it.
//!
//! No socket, clock, thread or random source: time is an argument, randomness a seed.

mod dtmf;
pub mod ids;
pub mod progress;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod srtp;
pub mod tone;
pub mod wav;
pub mod webrtc;
pub mod worker;
