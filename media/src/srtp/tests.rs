//! SRTP as a whole: known packets, the other implementation, replay, forgery, arbitrary input.

use super::*;
use proptest::prelude::*;
use rtc_srtp::context::Context as Other;
use rtc_srtp::protection_profile::ProtectionProfile;
use rtc_stun::crypto::providers::RingCrypto;

const PROFILES: [(SrtpProfile, ProtectionProfile); 3] = [
    (SrtpProfile::AesCm128HmacSha1_80, ProtectionProfile::Aes128CmHmacSha1_80),
    (SrtpProfile::AeadAes128Gcm, ProtectionProfile::AeadAes128Gcm),
    (SrtpProfile::AeadAes256Gcm, ProtectionProfile::AeadAes256Gcm),
];

fn master(profile: SrtpProfile) -> (Vec<u8>, Vec<u8>) {
    let key = (0..profile.key_length()).map(|at| 7 * at as u8 + 1).collect();
    let salt = (0..profile.salt_length()).map(|at| 0xa0 + at as u8).collect();
    (key, salt)
}

fn ours(profile: SrtpProfile) -> Context {
    let (key, salt) = master(profile);
    Context::new(profile, &key, &salt).expect("right lengths")
}

fn other(profile: SrtpProfile, theirs: ProtectionProfile) -> Other {
    let (key, salt) = master(profile);
    Other::new(&key, &salt, theirs, None, None, &RingCrypto).expect("right lengths")
}

fn rtp(ssrc: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend(u32::from(sequence).wrapping_mul(160).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend_from_slice(payload);
    packet
}

/// With two CSRCs and a header extension.
fn long_header(ssrc: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = rtp(ssrc, sequence, &[]);
    packet[0] = 0x92;
    packet.extend([0, 0, 0, 1, 0, 0, 0, 2]);
    packet.extend([0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0]);
    packet.extend_from_slice(payload);
    packet
}

fn rtcp(ssrc: u32, words: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 200];
    packet.extend((words + 1).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend((0..4 * words).map(|at| at as u8));
    packet
}

fn protect(context: &mut Context, plain: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + RTP_OVERHEAD, 0xee);
    let length = context.protect_rtp(&mut buffer, plain.len())?;
    buffer.truncate(length);
    Ok(buffer)
}

fn unprotect(context: &mut Context, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = packet.to_vec();
    let length = context.unprotect_rtp(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

fn protect_control(context: &mut Context, plain: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + RTCP_OVERHEAD, 0xee);
    let length = context.protect_rtcp(&mut buffer, plain.len())?;
    buffer.truncate(length);
    Ok(buffer)
}

fn unprotect_control(context: &mut Context, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = packet.to_vec();
    let length = context.unprotect_rtcp(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// A packet that independent implementations agree on, for CM and GCM-128.
#[test]
fn known_packets_come_out_as_everywhere() {
    let plain = {
        let mut packet = vec![0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe];
        packet.extend([0xab; 16]);
        packet
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let key = [0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 1, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 6, 0xde, 0x41, 0x39];
    let salt = [0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6];
    let mut cm = Context::new(SrtpProfile::AesCm128HmacSha1_80, &key, &salt).expect("lengths");
    let sealed = protect(&mut cm, &plain).expect("protected");
    assert_eq!(hex(&sealed[12..]), "4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    let key: [u8; 16] = std::array::from_fn(|at| at as u8);
    let salt: [u8; 12] = std::array::from_fn(|at| 0xa0 + at as u8);
    let mut gcm = Context::new(SrtpProfile::AeadAes128Gcm, &key, &salt).expect("lengths");
    let sealed = protect(&mut gcm, &plain).expect("protected");
    assert_eq!(hex(&sealed[12..]), "c5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392");
}

#[test]
fn the_other_implementation_reads_ours_and_we_read_its_over_a_rollover() {
    for (profile, theirs) in PROFILES {
        let (mut seal, mut open) = (ours(profile), ours(profile));
        let (mut other_seal, mut other_open) = (other(profile, theirs), other(profile, theirs));
        for step in 0_u32..400 {
            let sequence = (65_300_u32 + step) as u16;
            let payload = vec![step as u8; (step % 180) as usize];
            let plain = if step % 3 == 0 {
                long_header(0xdead_beef, sequence, &payload)
            } else {
                rtp(0xdead_beef, sequence, &payload)
            };
            let sealed = protect(&mut seal, &plain).expect("protected");
            assert_eq!(other_open.decrypt_rtp(&sealed).expect("theirs opens"), plain, "{profile:?} {step}");
            let sealed = other_seal.encrypt_rtp(&plain).expect("theirs seals");
            assert_eq!(unprotect(&mut open, &sealed), Ok(plain), "{profile:?} {step}");
        }
    }
}

#[test]
fn the_other_implementation_reads_our_rtcp_and_we_read_its() {
    for (profile, theirs) in PROFILES {
        let (mut seal, mut open) = (ours(profile), ours(profile));
        let (mut other_seal, mut other_open) = (other(profile, theirs), other(profile, theirs));
        for words in 0..40 {
            let plain = rtcp(0x1234_5678, words);
            let sealed = protect_control(&mut seal, &plain).expect("protected");
            assert_eq!(other_open.decrypt_rtcp(&sealed).expect("theirs opens"), plain, "{profile:?}");
            let sealed = other_seal.encrypt_rtcp(&plain).expect("theirs seals");
            assert_eq!(unprotect_control(&mut open, &sealed), Ok(plain), "{profile:?}");
        }
    }
}

#[test]
fn late_packets_pass_once_also_from_before_the_rollover() {
    for (profile, _) in PROFILES {
        let (mut seal, mut open) = (ours(profile), ours(profile));
        let sealed: Vec<_> = (0_u32..100)
            .map(|step| protect(&mut seal, &rtp(1, (65_500 + step) as u16, b"hello")).expect("protected"))
            .collect();
        let order = [0, 50, 20, 49, 99, 36, 35, 98, 1];
        for at in order {
            assert!(unprotect(&mut open, &sealed[at]).is_ok(), "{profile:?} {at}");
        }
        for at in order {
            assert_eq!(unprotect(&mut open, &sealed[at]), Err(SrtpError::Replay), "{profile:?} {at}");
        }
    }
}

#[test]
fn the_same_sequence_number_is_never_protected_twice() {
    for (profile, _) in PROFILES {
        let mut seal = ours(profile);
        assert!(protect(&mut seal, &rtp(1, 10, b"one")).is_ok());
        assert_eq!(protect(&mut seal, &rtp(1, 10, b"two")), Err(SrtpError::Replay));
        assert!(protect(&mut seal, &rtp(1, 9, b"late")).is_ok());
        assert!(protect(&mut seal, &rtp(2, 10, b"other")).is_ok());
    }
}

#[test]
fn every_changed_bit_is_refused_and_leaves_no_state() {
    for (profile, _) in PROFILES {
        let (mut seal, mut open) = (ours(profile), ours(profile));
        let sealed = protect(&mut seal, &long_header(5, 77, b"payload")).expect("protected");
        let control = protect_control(&mut seal, &rtcp(5, 3)).expect("protected");
        for bit in 0..8 * sealed.len() {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(unprotect(&mut open, &forged).is_err(), "{profile:?} bit {bit}");
        }
        for bit in 0..8 * control.len() {
            let mut forged = control.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(unprotect_control(&mut open, &forged).is_err(), "{profile:?} bit {bit}");
        }
        for ssrc in 100..10_000 {
            assert_eq!(unprotect(&mut open, &rtp(ssrc, 1, &[0; 40])), Err(SrtpError::Authentication));
        }
        assert!(unprotect(&mut open, &sealed).is_ok());
        assert!(unprotect_control(&mut open, &control).is_ok());
        assert_eq!(unprotect_control(&mut open, &control), Err(SrtpError::Replay));
    }
}

#[test]
fn rtcp_without_the_e_flag_is_refused() {
    for (profile, _) in PROFILES {
        let mut sealed = protect_control(&mut ours(profile), &rtcp(5, 3)).expect("protected");
        let flag = match profile {
            SrtpProfile::AesCm128HmacSha1_80 => sealed.len() - 14,
            _ => sealed.len() - 4,
        };
        sealed[flag] &= 0x7f;
        assert_eq!(unprotect_control(&mut ours(profile), &sealed), Err(SrtpError::Malformed));
    }
}

#[test]
fn lengths_rooms_and_sources_are_checked() {
    let (key, salt) = master(SrtpProfile::AeadAes256Gcm);
    assert!(Context::new(SrtpProfile::AeadAes128Gcm, &key, &salt).is_none());
    assert!(Context::new(SrtpProfile::AesCm128HmacSha1_80, &key[..16], &salt).is_none());
    let mut context = ours(SrtpProfile::AeadAes256Gcm);
    let mut plain = rtp(1, 1, b"x");
    let len = plain.len();
    assert_eq!(context.protect_rtp(&mut plain, len), Err(SrtpError::NoRoom));
    assert_eq!(context.protect_rtp(&mut plain, len + 1), Err(SrtpError::NoRoom));
    assert_eq!(context.protect_rtcp(&mut plain, len), Err(SrtpError::NoRoom));
    for ssrc in 0..16 {
        assert!(protect(&mut context, &rtp(ssrc, 1, b"x")).is_ok());
    }
    assert_eq!(protect(&mut context, &rtp(16, 1, b"x")), Err(SrtpError::TooManySources));
}

proptest! {
    #[test]
    fn arbitrary_packets_never_panic(packet in prop::collection::vec(any::<u8>(), 0..80), at in 0_usize..90) {
        for (profile, _) in PROFILES {
            let mut context = ours(profile);
            for first in [packet.first().copied().unwrap_or(0), 0x80, 0x9f] {
                let mut bytes = packet.clone();
                if let Some(byte) = bytes.first_mut() {
                    *byte = first;
                }
                prop_assert!(context.unprotect_rtp(&mut bytes.clone()).is_err());
                prop_assert!(context.unprotect_rtcp(&mut bytes.clone()).is_err());
                let _ = context.protect_rtp(&mut bytes.clone(), at);
                let _ = context.protect_rtcp(&mut bytes, at);
            }
        }
    }
}
