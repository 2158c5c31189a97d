#!/usr/bin/env bash
# Makes benchmarks/local/: the environments of the peers and of the judge, and nltk's data for nlpaug.
# WordNet 3.0 comes from Debian's packages, unpacked and not installed. The tagger comes from nltk's
# downloader, or from a copy of nltk_data's averaged_perceptron_tagger.zip named by TAGGER_ZIP;
# without either the benchmark gives nlpaug a tagger that costs nothing, and says so.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p local
for peer in nlpaug judge near datatrove; do
    test -e "local/$peer/.ready" && continue
    python3 -m venv "local/$peer"
    "local/$peer/bin/python" -m pip install --quiet --disable-pip-version-check \
        -r "peers/$peer-requirements.txt"
    touch "local/$peer/.ready"
done

data=local/nltk_data
if ! test -e $data/corpora/wordnet/lexnames; then
    mkdir -p local/debs $data/corpora/wordnet
    (cd local/debs && apt-get -qq download wordnet-base wordnet-sense-index)
    for deb in local/debs/*.deb; do dpkg -x "$deb" local/debs/files; done
    cp -L local/debs/files/usr/share/wordnet/* $data/corpora/wordnet/  # nltk refuses links
    # nltk wants the list of lexicographer files, which Debian has as a manual page only.
    zcat local/debs/files/usr/share/man/man5/lexnames.5WN.gz | awk -F'\t' '
        /^[0-9][0-9]\t/ {split($2, a, "."); gsub(/ +$/, "", $2)
            print $1 "\t" $2 "\t" index("nva", substr(a[1], 1, 1)) + (a[1] == "adv") * 1}
    ' > $data/corpora/wordnet/lexnames
fi
if ! test -d $data/taggers/averaged_perceptron_tagger_eng; then
    if test -n "${TAGGER_ZIP:-}"; then
        local/nlpaug/bin/python peers/tagger.py "$TAGGER_ZIP" $data
    else
        local/nlpaug/bin/python -m nltk.downloader -q -d $data averaged_perceptron_tagger_eng ||
            echo "no tagger: nlpaug will run with one that costs nothing" >&2
    fi
fi
chmod -R go-w $data  # nltk warns of data that others may write
