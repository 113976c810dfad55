//! Which clocks a number may live by: the IANA zones of its country, or of its area code where that says more (North America).
//!
//! Of a country's zones those that have shown the same time since 2026 are one row's; a number that may be in several is in all of them.

/// The zones of a number by country (ISO 3166) and, in North America, area code; and the state or province that the latter is of, as
/// `US-NY`. None: nobody knows.
pub(crate) fn zones(country: &str, e164: &str) -> Option<(Vec<&'static str>, Option<&'static str>)> {
    let area = e164.strip_prefix("+1").and_then(|national| national.get(..3));
    let area = area.filter(|_| matches!(country, "US" | "CA"));
    let row =
        area.and_then(|area| AREAS.iter().find(|(.., codes)| codes.split(' ').any(|code| code == area)));
    if let Some((state, zones, _)) = row.filter(|(state, ..)| state.starts_with(country)) {
        return Some((zones.split(' ').collect(), Some(state)));
    }
    let row = COUNTRIES.binary_search_by_key(&country, |(country, _)| *country).ok()?;
    Some((COUNTRIES[row].1.split(' ').collect(), None))
}

/// All places of a country: its zones, and in North America those of each area with its state or province.
pub(crate) fn places(country: &str) -> Vec<(Vec<&'static str>, Option<&'static str>)> {
    let whole = zones(country, "");
    let of_it = |state: &str| matches!(country, "US" | "CA") && state.starts_with(country);
    let areas = AREAS.iter().filter(|(state, ..)| of_it(state));
    let areas = areas.map(|(state, zones, _)| (zones.split(' ').collect(), Some(*state)));
    whole.into_iter().chain(areas).collect()
}

/// Whether the zones of a country are known.
pub(crate) fn knows(country: &str) -> bool {
    COUNTRIES.binary_search_by_key(&country, |(country, _)| *country).is_ok()
}

/// Whether a state or province is one of those that area codes lead to.
pub(crate) fn knows_state(state: &str) -> bool {
    AREAS.iter().any(|(known, ..)| *known == state)
}

/// State or province, its zones, area codes that are there. New overlays are missing until somebody adds them: such a number is in all
/// zones of its country.
#[rustfmt::skip]
const AREAS: &[(&str, &str, &str)] = &[
    ("US-CT", "America/New_York", "203 475 860 959"),
    ("US-DE", "America/New_York", "302"),
    ("US-DC", "America/New_York", "202 771"),
    ("US-GA", "America/New_York", "229 404 470 478 678 706 762 770 912 943"),
    ("US-ME", "America/New_York", "207"),
    ("US-MD", "America/New_York", "227 240 301 410 443 667"),
    ("US-MA", "America/New_York", "339 351 413 508 617 774 781 857 978"),
    ("US-NH", "America/New_York", "603"),
    ("US-NJ", "America/New_York", "201 551 609 640 732 848 856 862 908 973"),
    ("US-NY", "America/New_York", "212 315 329 332 347 363 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934"),
    ("US-NC", "America/New_York", "252 336 472 704 743 828 910 919 980 984"),
    ("US-OH", "America/New_York", "216 220 234 283 326 330 380 419 436 440 513 567 614 740 937"),
    ("US-PA", "America/New_York", "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878"),
    ("US-RI", "America/New_York", "401"),
    ("US-SC", "America/New_York", "803 821 839 843 854 864"),
    ("US-VT", "America/New_York", "802"),
    ("US-VA", "America/New_York", "276 434 540 571 686 703 757 804 826 948"),
    ("US-WV", "America/New_York", "304 681"),
    ("US-FL", "America/New_York", "239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954"),
    ("US-FL", "America/New_York America/Chicago", "448 850"),
    ("US-MI", "America/New_York", "231 248 269 313 517 586 616 679 734 810 947 989"),
    ("US-MI", "America/New_York America/Chicago", "906"),
    ("US-IN", "America/New_York", "260 317 463 765"),
    ("US-IN", "America/New_York America/Chicago", "219 574 812 930"),
    ("US-KY", "America/New_York", "502 859"),
    ("US-KY", "America/New_York America/Chicago", "270 364 606"),
    ("US-TN", "America/New_York", "865"),
    ("US-TN", "America/New_York America/Chicago", "423 931"),
    ("US-TN", "America/Chicago", "615 629 731 901"),
    ("US-AL", "America/Chicago", "205 251 256 334 659 938"),
    ("US-AR", "America/Chicago", "327 479 501 870"),
    ("US-IL", "America/Chicago", "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872"),
    ("US-IA", "America/Chicago", "319 515 563 641 712"),
    ("US-LA", "America/Chicago", "225 318 337 457 504 985"),
    ("US-MN", "America/Chicago", "218 320 507 612 651 763 924 952"),
    ("US-MS", "America/Chicago", "228 601 662 769"),
    ("US-MO", "America/Chicago", "235 314 417 557 573 636 660 816 975"),
    ("US-OK", "America/Chicago", "405 539 572 580 918"),
    ("US-WI", "America/Chicago", "262 274 353 414 534 608 715 920"),
    ("US-TX", "America/Chicago", "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 936 940 945 956 972 979"),
    ("US-TX", "America/Chicago America/Denver", "915"),
    ("US-ND", "America/Chicago America/Denver", "701"),
    ("US-SD", "America/Chicago America/Denver", "605"),
    ("US-NE", "America/Chicago", "402 531"),
    ("US-NE", "America/Chicago America/Denver", "308"),
    ("US-KS", "America/Chicago", "316 913"),
    ("US-KS", "America/Chicago America/Denver", "620 785"),
    ("US-AZ", "America/Phoenix", "480 520 602 623"),
    ("US-AZ", "America/Phoenix America/Denver", "928"),
    ("US-CO", "America/Denver", "303 719 720 748 970 983"),
    ("US-ID", "America/Denver America/Los_Angeles", "208 986"),
    ("US-MT", "America/Denver", "406"),
    ("US-NM", "America/Denver", "505 575"),
    ("US-UT", "America/Denver", "385 435 801"),
    ("US-WY", "America/Denver", "307"),
    ("US-CA", "America/Los_Angeles", "209 213 279 310 323 341 350 357 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 837 840 858 909 916 925 949 951"),
    ("US-NV", "America/Los_Angeles", "702 725"),
    ("US-NV", "America/Los_Angeles America/Denver", "775"),
    ("US-OR", "America/Los_Angeles", "503 971"),
    ("US-OR", "America/Los_Angeles America/Denver", "458 541"),
    ("US-WA", "America/Los_Angeles", "206 253 360 425 509 564"),
    ("US-AK", "America/Anchorage America/Adak", "907"),
    ("US-HI", "Pacific/Honolulu", "808"),
    ("CA-AB", "America/Edmonton", "368 403 587 780 825"),
    ("CA-BC", "America/Vancouver America/Edmonton", "236 250 257 672 778"),
    ("CA-BC", "America/Vancouver", "604"),
    ("CA-MB", "America/Winnipeg", "204 431 584"),
    ("CA-NB", "America/Halifax", "428 506"),
    ("CA-NL", "America/St_Johns America/Halifax", "709 879"),
    ("CA-NS", "America/Halifax", "782 902"),
    ("CA-ON", "America/Toronto", "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 905 942"),
    ("CA-ON", "America/Toronto America/Winnipeg", "807"),
    ("CA-QC", "America/Toronto", "263 354 438 450 468 514 579 819 873"),
    ("CA-QC", "America/Toronto America/Halifax", "367 418 581"),
    ("CA-SK", "America/Regina America/Edmonton", "306 474 639"),
    ("CA-YT", "America/Whitehorse America/Edmonton America/Winnipeg America/Toronto", "867"),
];

/// Countries in order, each with its zones.
#[rustfmt::skip]
const COUNTRIES: &[(&str, &str)] = &[
    ("AD", "Europe/Andorra"),
    ("AE", "Asia/Dubai"),
    ("AF", "Asia/Kabul"),
    ("AG", "America/Antigua"),
    ("AI", "America/Anguilla"),
    ("AL", "Europe/Tirane"),
    ("AM", "Asia/Yerevan"),
    ("AO", "Africa/Luanda"),
    ("AR", "America/Argentina/Buenos_Aires"),
    ("AS", "Pacific/Pago_Pago"),
    ("AT", "Europe/Vienna"),
    ("AU", "Australia/Lord_Howe Antarctica/Macquarie Australia/Broken_Hill Australia/Brisbane Australia/Darwin Australia/Perth Australia/Eucla"),
    ("AW", "America/Aruba"),
    ("AZ", "Asia/Baku"),
    ("BA", "Europe/Sarajevo"),
    ("BB", "America/Barbados"),
    ("BD", "Asia/Dhaka"),
    ("BE", "Europe/Brussels"),
    ("BF", "Africa/Ouagadougou"),
    ("BG", "Europe/Sofia"),
    ("BH", "Asia/Bahrain"),
    ("BI", "Africa/Bujumbura"),
    ("BJ", "Africa/Porto-Novo"),
    ("BL", "America/St_Barthelemy"),
    ("BM", "Atlantic/Bermuda"),
    ("BN", "Asia/Brunei"),
    ("BO", "America/La_Paz"),
    ("BQ", "America/Kralendijk"),
    ("BR", "America/Noronha America/Belem America/Campo_Grande America/Eirunepe"),
    ("BS", "America/Nassau"),
    ("BT", "Asia/Thimphu"),
    ("BW", "Africa/Gaborone"),
    ("BY", "Europe/Minsk"),
    ("BZ", "America/Belize"),
    ("CA", "America/St_Johns America/Halifax America/Blanc-Sablon America/Toronto America/Atikokan America/Winnipeg America/Regina America/Edmonton America/Creston America/Vancouver"),
    ("CC", "Indian/Cocos"),
    ("CD", "Africa/Kinshasa Africa/Lubumbashi"),
    ("CF", "Africa/Bangui"),
    ("CG", "Africa/Brazzaville"),
    ("CH", "Europe/Zurich"),
    ("CI", "Africa/Abidjan"),
    ("CK", "Pacific/Rarotonga"),
    ("CL", "America/Santiago America/Coyhaique Pacific/Easter"),
    ("CM", "Africa/Douala"),
    ("CN", "Asia/Shanghai Asia/Urumqi"),
    ("CO", "America/Bogota"),
    ("CR", "America/Costa_Rica"),
    ("CU", "America/Havana"),
    ("CV", "Atlantic/Cape_Verde"),
    ("CW", "America/Curacao"),
    ("CX", "Indian/Christmas"),
    ("CY", "Asia/Nicosia"),
    ("CZ", "Europe/Prague"),
    ("DE", "Europe/Berlin"),
    ("DJ", "Africa/Djibouti"),
    ("DK", "Europe/Copenhagen"),
    ("DM", "America/Dominica"),
    ("DO", "America/Santo_Domingo"),
    ("DZ", "Africa/Algiers"),
    ("EC", "America/Guayaquil Pacific/Galapagos"),
    ("EE", "Europe/Tallinn"),
    ("EG", "Africa/Cairo"),
    ("EH", "Africa/El_Aaiun"),
    ("ER", "Africa/Asmara"),
    ("ES", "Europe/Madrid Atlantic/Canary"),
    ("ET", "Africa/Addis_Ababa"),
    ("FI", "Europe/Helsinki"),
    ("FJ", "Pacific/Fiji"),
    ("FK", "Atlantic/Stanley"),
    ("FM", "Pacific/Chuuk Pacific/Pohnpei"),
    ("FO", "Atlantic/Faroe"),
    ("FR", "Europe/Paris"),
    ("GA", "Africa/Libreville"),
    ("GB", "Europe/London"),
    ("GD", "America/Grenada"),
    ("GE", "Asia/Tbilisi"),
    ("GF", "America/Cayenne"),
    ("GG", "Europe/Guernsey"),
    ("GH", "Africa/Accra"),
    ("GI", "Europe/Gibraltar"),
    ("GL", "America/Nuuk America/Danmarkshavn America/Thule"),
    ("GM", "Africa/Banjul"),
    ("GN", "Africa/Conakry"),
    ("GP", "America/Guadeloupe"),
    ("GQ", "Africa/Malabo"),
    ("GR", "Europe/Athens"),
    ("GT", "America/Guatemala"),
    ("GU", "Pacific/Guam"),
    ("GW", "Africa/Bissau"),
    ("GY", "America/Guyana"),
    ("HK", "Asia/Hong_Kong"),
    ("HN", "America/Tegucigalpa"),
    ("HR", "Europe/Zagreb"),
    ("HT", "America/Port-au-Prince"),
    ("HU", "Europe/Budapest"),
    ("ID", "Asia/Jakarta Asia/Makassar Asia/Jayapura"),
    ("IE", "Europe/Dublin"),
    ("IL", "Asia/Jerusalem"),
    ("IM", "Europe/Isle_of_Man"),
    ("IN", "Asia/Kolkata"),
    ("IO", "Indian/Chagos"),
    ("IQ", "Asia/Baghdad"),
    ("IR", "Asia/Tehran"),
    ("IS", "Atlantic/Reykjavik"),
    ("IT", "Europe/Rome"),
    ("JE", "Europe/Jersey"),
    ("JM", "America/Jamaica"),
    ("JO", "Asia/Amman"),
    ("JP", "Asia/Tokyo"),
    ("KE", "Africa/Nairobi"),
    ("KG", "Asia/Bishkek"),
    ("KH", "Asia/Phnom_Penh"),
    ("KI", "Pacific/Tarawa Pacific/Kanton Pacific/Kiritimati"),
    ("KM", "Indian/Comoro"),
    ("KN", "America/St_Kitts"),
    ("KP", "Asia/Pyongyang"),
    ("KR", "Asia/Seoul"),
    ("KW", "Asia/Kuwait"),
    ("KY", "America/Cayman"),
    ("KZ", "Asia/Almaty"),
    ("LA", "Asia/Vientiane"),
    ("LB", "Asia/Beirut"),
    ("LC", "America/St_Lucia"),
    ("LI", "Europe/Vaduz"),
    ("LK", "Asia/Colombo"),
    ("LR", "Africa/Monrovia"),
    ("LS", "Africa/Maseru"),
    ("LT", "Europe/Vilnius"),
    ("LU", "Europe/Luxembourg"),
    ("LV", "Europe/Riga"),
    ("LY", "Africa/Tripoli"),
    ("MA", "Africa/Casablanca"),
    ("MC", "Europe/Monaco"),
    ("MD", "Europe/Chisinau"),
    ("ME", "Europe/Podgorica"),
    ("MF", "America/Marigot"),
    ("MG", "Indian/Antananarivo"),
    ("MH", "Pacific/Majuro"),
    ("MK", "Europe/Skopje"),
    ("ML", "Africa/Bamako"),
    ("MM", "Asia/Yangon"),
    ("MN", "Asia/Ulaanbaatar Asia/Hovd"),
    ("MO", "Asia/Macau"),
    ("MP", "Pacific/Saipan"),
    ("MQ", "America/Martinique"),
    ("MR", "Africa/Nouakchott"),
    ("MS", "America/Montserrat"),
    ("MT", "Europe/Malta"),
    ("MU", "Indian/Mauritius"),
    ("MV", "Indian/Maldives"),
    ("MW", "Africa/Blantyre"),
    ("MX", "America/Mexico_City America/Cancun America/Matamoros America/Ciudad_Juarez America/Mazatlan America/Tijuana"),
    ("MY", "Asia/Kuala_Lumpur"),
    ("MZ", "Africa/Maputo"),
    ("NA", "Africa/Windhoek"),
    ("NC", "Pacific/Noumea"),
    ("NE", "Africa/Niamey"),
    ("NF", "Pacific/Norfolk"),
    ("NG", "Africa/Lagos"),
    ("NI", "America/Managua"),
    ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"),
    ("NP", "Asia/Kathmandu"),
    ("NR", "Pacific/Nauru"),
    ("NU", "Pacific/Niue"),
    ("NZ", "Pacific/Auckland Pacific/Chatham"),
    ("OM", "Asia/Muscat"),
    ("PA", "America/Panama"),
    ("PE", "America/Lima"),
    ("PF", "Pacific/Tahiti Pacific/Marquesas Pacific/Gambier"),
    ("PG", "Pacific/Port_Moresby Pacific/Bougainville"),
    ("PH", "Asia/Manila"),
    ("PK", "Asia/Karachi"),
    ("PL", "Europe/Warsaw"),
    ("PM", "America/Miquelon"),
    ("PN", "Pacific/Pitcairn"),
    ("PR", "America/Puerto_Rico"),
    ("PS", "Asia/Gaza"),
    ("PT", "Europe/Lisbon Atlantic/Azores"),
    ("PW", "Pacific/Palau"),
    ("PY", "America/Asuncion"),
    ("QA", "Asia/Qatar"),
    ("RE", "Indian/Reunion"),
    ("RO", "Europe/Bucharest"),
    ("RS", "Europe/Belgrade"),
    ("RU", "Europe/Kaliningrad Europe/Moscow Europe/Astrakhan Asia/Yekaterinburg Asia/Omsk Asia/Novosibirsk Asia/Irkutsk Asia/Chita Asia/Vladivostok Asia/Magadan Asia/Kamchatka"),
    ("RW", "Africa/Kigali"),
    ("SA", "Asia/Riyadh"),
    ("SB", "Pacific/Guadalcanal"),
    ("SC", "Indian/Mahe"),
    ("SD", "Africa/Khartoum"),
    ("SE", "Europe/Stockholm"),
    ("SG", "Asia/Singapore"),
    ("SH", "Atlantic/St_Helena"),
    ("SI", "Europe/Ljubljana"),
    ("SJ", "Arctic/Longyearbyen"),
    ("SK", "Europe/Bratislava"),
    ("SL", "Africa/Freetown"),
    ("SM", "Europe/San_Marino"),
    ("SN", "Africa/Dakar"),
    ("SO", "Africa/Mogadishu"),
    ("SR", "America/Paramaribo"),
    ("SS", "Africa/Juba"),
    ("ST", "Africa/Sao_Tome"),
    ("SV", "America/El_Salvador"),
    ("SX", "America/Lower_Princes"),
    ("SY", "Asia/Damascus"),
    ("SZ", "Africa/Mbabane"),
    ("TC", "America/Grand_Turk"),
    ("TD", "Africa/Ndjamena"),
    ("TG", "Africa/Lome"),
    ("TH", "Asia/Bangkok"),
    ("TJ", "Asia/Dushanbe"),
    ("TK", "Pacific/Fakaofo"),
    ("TL", "Asia/Dili"),
    ("TM", "Asia/Ashgabat"),
    ("TN", "Africa/Tunis"),
    ("TO", "Pacific/Tongatapu"),
    ("TR", "Europe/Istanbul"),
    ("TT", "America/Port_of_Spain"),
    ("TV", "Pacific/Funafuti"),
    ("TW", "Asia/Taipei"),
    ("TZ", "Africa/Dar_es_Salaam"),
    ("UA", "Europe/Simferopol Europe/Kyiv"),
    ("UG", "Africa/Kampala"),
    ("US", "America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage America/Adak Pacific/Honolulu"),
    ("UY", "America/Montevideo"),
    ("UZ", "Asia/Samarkand"),
    ("VA", "Europe/Vatican"),
    ("VC", "America/St_Vincent"),
    ("VE", "America/Caracas"),
    ("VG", "America/Tortola"),
    ("VI", "America/St_Thomas"),
    ("VN", "Asia/Ho_Chi_Minh"),
    ("VU", "Pacific/Efate"),
    ("WF", "Pacific/Wallis"),
    ("WS", "Pacific/Apia"),
    ("YE", "Asia/Aden"),
    ("YT", "Indian/Mayotte"),
    ("ZA", "Africa/Johannesburg"),
    ("ZM", "Africa/Lusaka"),
    ("ZW", "Africa/Harare"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::Zone;

    #[test]
    fn every_zone_is_one_and_the_table_is_in_order() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a.0 < b.0));
        let all = COUNTRIES.iter().map(|row| row.1).chain(AREAS.iter().map(|row| row.1));
        for zone in all.flat_map(|zones| zones.split(' ')) {
            assert!(zone.parse::<Zone>().is_ok(), "{zone}");
        }
        let mut codes: Vec<&str> = AREAS.iter().flat_map(|row| row.2.split(' ')).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!((codes.len(), count > 350), (count, true), "an area code is in one state");
    }

    #[test]
    fn an_area_code_says_more_than_its_country() {
        assert_eq!(zones("US", "+12125552368"), Some((vec!["America/New_York"], Some("US-NY"))));
        assert_eq!(zones("US", "+18505552368").unwrap().0.len(), 2, "both of Florida's");
        assert_eq!(zones("CA", "+14165552368"), Some((vec!["America/Toronto"], Some("CA-ON"))));
        assert_eq!(zones("US", "+12015552368").unwrap().1, Some("US-NJ"));
        let (all, state) = zones("US", "+19995552368").unwrap();
        assert!(all.len() > 6 && state.is_none(), "an area nobody knows is in all of them");
        assert_eq!(zones("DE", "+4930901820"), Some((vec!["Europe/Berlin"], None)));
        assert_eq!(zones("XX", "+4930901820"), None);
    }
}
