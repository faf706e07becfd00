//! What may be wrong with a store of keys.

macro_rules! flaws {
    ($($flaw:ident $about:literal)+) => {
        /// A promise that is broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Flaw {
            $(#[doc = $about] $flaw,)+
        }

        impl Flaw {
            pub(super) const ALL: &[Self] = &[$(Self::$flaw),+];
        }
    };
}

flaws! {
    None "Nothing is."

    FoldsIds "Ids are found in any case."
    AnyScheme "A key is found under any scheme."
    AnyRealm "A key is found in any realm."
    LastDigest "Of several digests the last that is held answers."
    ApiKeysById "An API key is found by its id."
    AbsenceIsAnError "What is not there is an error."
    NothingIsAnEntry "A look-up of no digest is an error."
    SecretTwice "A signing key has its secret twice."
    NewestSecretOnly "A signing key has the newest secret alone."
    DroppedSecretsWork "A secret that was dropped is found."
    NamesAnotherKey "The principal has another key as its credential."
    ForgetsOwners "The principal has no user, account or site."

    IgnoresBeginning "A key works before its beginning."
    SigningIgnoresBeginning "A signing key works before its beginning."
    IgnoresEnd "A key works after its end."
    IgnoresSwitch "A disabled API key is found enabled."
    NewSecretSurvivesRevocation "A revoked API key works with its new secret."
    SigningSurvivesRevocation "A revoked signing key works."
    IgnoresOwners "A key works though its owner is inactive."
    SwitchesNoOwner "Owners are not switched."
    IgnoresNetworks "A key works from everywhere."
    IgnoresAssignedNetworks "Networks that are assigned are forgotten."
    KeepsRecordedScopes "An edit does not change the scopes of the record."
    IgnoresForms "A key accepts every form of signature."
    AnySchemeHasForms "A key of a scheme with one form may have the strict one alone."
    KeepsRecordedLimits "An edit does not change the budgets of the record."
    IgnoresOwnerLimits "The limits of owners are no budgets."
    EpochStays "The epoch is always the same."

    ForgetsPrefix "A generated key has no prefix."
    ForgetsFormat "A format is forgotten on rotation."
    UppercasesImports "An imported secret is changed."
    ForgetsLabel "A key has no label."
    ForgetsBeginning "A key has no beginning."
    AcceptsAnything "What has a wrong form is accepted."
    AcceptsDuplicates "What is there already is accepted."
    RacesForIds "Whoever looked before an id was taken is given another key."
    ReusesRevoked "Id and secret of a revoked key are free."
    AcceptsAnyOwner "An unknown or foreign owner is accepted, and forgotten."
    RefusesGuests "A user of no account gets no key of an account."
    LeavesKeysBehind "A key that was refused is there all the same."
    OneByOne "Many keys are issued one by one."
    Backwards "Many keys are answered in another order."
    LabelsWithSecrets "The secret is in the label."

    RenamesOnRotation "A rotated key has another id."
    NoOverlap "The old secret ends at once."
    AlwaysOverlaps "The old secret lives on for a second at least."
    LengthensOldSecrets "The old secret lives on for the overlap, however soon it would have ended."
    LengthensKeys "A rotated key has no end."
    IgnoresUnknown "To change an unknown key is no error."
    ChangesRevoked "To change a revoked key is no error."
    RotatesRevoked "To rotate a revoked key is no error."
    RevivesRevoked "Who enables a revoked key makes it work."
    RacesWithRevocation "Who enables a key while it is revoked makes it work."
    ChangesEveryRealm "Keys of the same id in other realms are changed as well."

    EditsKeepScopes "An edit does not change scopes."
    EditsForgetNotes "An edit removes the note."
    EditsByHalves "Of an edit that is refused the label is taken."
    NoNotesOfRevoked "A revoked key takes no note."
    LastReasonStands "The last reason of a revocation stands."
    LastUseGoesBack "The last use that was written down stands."
    ForgetsRenewal "A key was never renewed."

    PagesDropTies "A page begins behind every key that was issued at the moment of the last one."
    PagesByLocale "Keys are listed in the order of a language."
    ListsEveryRealm "A list has the keys of other realms."
    ListsEnabled "A list has every key enabled."
    ListsEveryOwner "A list has the keys of every owner."
    ListsByExactUrl "The case of a URL counts."
    ListsEveryStatus "A list has keys however they stand."
    ListsShortPages "A page is cut before it is filtered."
    ListsWhatIsNotDue "A list has keys that are not due."
    HidesRevoked "A list of keys that are due has no revoked ones."
    SortsById "Every list is in the order of ids."
    SortsForwards "Every list is ascending."
    BeginsAnew "Behind an unknown key a list begins anew."
    SearchesLabels "A search is for labels alone."
    SearchesByCase "The case of a search counts."
    SearchesAnyWord "One word of a search is enough."
    SearchesPatterns "Some signs stand for others in a search."
    SearchesOldTexts "Keys are found by what was known of them first."
    SearchesAnyLength "No search is too long."
    SearchesUnfiltered "A search forgets every condition."
    ListsEveryScheme "A list has keys of every scheme."
    ListsEveryUse "A list has keys that were used and that were not."
    HidesHints "Nothing is shown of secrets."
    ShowsShortSecrets "The end of short secrets is shown."
    ShowsFirstSecrets "A key that was rotated shows its first secret."
    OwnersByLocale "Owners are listed in the order of a language."
    OwnersWithoutUrls "Owners are listed without their URLs."

    FirstRightOnly "A user has the first privilege alone."
    FoldsUsers "A user is known in any case."
    UnknownHaveRights "An unknown user has the rights of nobody."
    InactiveHaveRights "A user who is switched off has rights."
    TakesNothing "What is taken stays."
    DeletesNothing "What is deleted stays."
    ListsNoRoles "A group is listed without its roles."
    RolesOfDeletedStay "A group that is added again has its roles."
    RoleNamesTwice "A name that is there already is accepted."
    RolesUnchecked "What is not known is accepted."
    UsersByLocale "Users of a group are listed in the order of a language."

    KeepsEntryPoints "Entry points that are assigned are forgotten."
    AssignsUnsaved "Names that are not saved are accepted."
    ForgetsGone "Entry points that are gone are in no list."
    RacesToSave "Whoever looked before a list was saved adds it again."
    SavesTwice "A name may be twice in a list."

    SitesOfAnother "A site has another account."
    FoldsSites "A site is known in any case."
    SitesStayOn "A site has its account though it is switched off."

    Sha256Waits "A SHA-256 is not found by its key."
    AdoptsNothing "A key that is adopted keeps its hash."
    AdoptsRevoked "To adopt a revoked key is no error."
    LastName "Of several names the last that is held answers."
    ImportsAnything "A key with a secret is imported by a hash."
    HashOfAnyRealm "A hash is found from any realm."
}
