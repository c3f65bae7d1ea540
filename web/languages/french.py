"""The page's words in French."""

from __future__ import annotations

from types import MappingProxyType

from web.words import Words

MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
          "octobre", "novembre", "décembre")  # fmt: skip
LANGUAGES = MappingProxyType({
    "ar": "arabe", "de": "allemand", "el": "grec", "en": "anglais", "es": "espagnol",
    "fr": "français", "he": "hébreu", "hi": "hindi", "it": "italien", "ja": "japonais",
    "ko": "coréen", "nl": "néerlandais", "pl": "polonais", "pt": "portugais", "ru": "russe",
    "sv": "suédois", "th": "thaï", "zh": "chinois",
})  # fmt: skip

FRENCH = Words(
    language="fr",
    thousands="\u202f",
    tagline="Des réponses dans les mots des articles",
    articles=("{n} article", "{n} articles"),
    articles_none="pas encore d’articles",
    months=MONTHS,
    date_day="{day} {month} {year}",
    date_month="{month} {year}",
    welcome="Que souhaitez-vous savoir ?",
    welcome_more=(
        "Posez votre question simplement. Chaque réponse est une citation : le passage qui répond, "
        "mot pour mot, avec son auteur, sa date et sa place dans l’article."
    ),
    empty="L’archive est vide",
    empty_more="Ajoutez des articles, puis posez vos questions. Dans un terminal, tapez :",
    empty_command="quoth ingest DOSSIER",
    box="Votre question",
    box_hint="Posez une question aux articles",
    ask="Demander",
    new_chat="Nouvelle conversation",
    theme="Passer du clair au sombre",
    hint="Entrée envoie, Maj + Entrée commence une nouvelle ligne.",
    conversation="Conversation",
    question_label="Votre question",
    answer_label="Réponse",
    searching="Recherche dans l’archive …",
    filter="Filtrer",
    filter_title="Choisir les articles à parcourir",
    filter_since="Du",
    filter_until="Au",
    filter_date_hint="2023 ou 2023-01-17",
    filter_author="Auteur",
    filter_source="Source",
    filter_language="Langue",
    filter_clear="Effacer les filtres : {scope}",
    filter_remove="Retirer : {value}",
    filter_refused="Ce filtre ne peut pas être appliqué.",
    counted="{value} ({n})",
    scope="Recherche limitée à : {scope}",
    scope_since="depuis {date}",
    scope_until="jusqu’à {date}",
    scope_between="{since} à {until}",
    scope_author="par {names}",
    scope_or=" ou ",
    scope_and=" · ",
    filtered_out="Aucun article ne correspond à ces filtres : {scope}.",
    filtered_unknown="{value} : dans aucun article.",
    filtered_held="{value} : dans aucun article. Il y a : {held}.",
    filtered_tip="Effacez ou modifiez les filtres sous la question, puis demandez à nouveau.",
    filtered_silent="Effacez les filtres sous la question pour parcourir tous les articles.",
    languages=LANGUAGES,
    understood="Compris ainsi :",
    lead="{passages} de {articles}, mot pour mot",
    passages=("{n} passage", "{n} passages"),
    more=("{n} autre passage", "{n} autres passages"),
    read="Lire dans le contexte",
    original="Original",
    original_page="Original, page {n}",
    original_title="Ouvre {host} dans un nouvel onglet",
    page="Page {n}",
    copy="Copier la citation",
    copied="Copié",
    copy_failed="La copie a échoué : sélectionnez le texte et copiez-le à la main.",
    also_in="Aussi dans",
    evidence="Preuve",
    evidence_title="La citation avec sa place, sa source et son empreinte, à conserver",
    evidence_page="Enregistrer cette page",
    evidence_json="Enregistrer en JSON",
    evidence_check="Vérifier plus tard, mot pour mot :",
    evidence_command="quoth check-proof FICHIER",
    evidence_changed="L’article a changé depuis qu’il a été cité",
    evidence_changed_more="Il n’y a pas de preuve pour son ancien texte. Demandez à nouveau.",
    evidence_none="L’adresse ne désigne aucune citation",
    evidence_none_more="Elle est incomplète. Ouvrez la preuve depuis une réponse.",
    differs="en partie en d’autres mots",
    agree="{articles} disent la même chose :",
    agree_reprints="{articles} disent la même chose, dont {reprints} :",
    reprints=("{n} reprise", "{n} reprises"),
    differ="Les articles donnent des réponses différentes :",
    newest="Le plus récent",
    cut="Abrégé ici ; le passage entier se trouve dans l’article.",
    match=("Faible correspondance", "Bonne correspondance", "Forte correspondance"),
    match_title="Certitude que ce passage répond à la question : {percent} sur 100",
    silent="L’archive ne le dit pas.",
    silent_no_match="Aucun passage ne parle de ce que vous avez demandé.",
    silent_below_bar=(
        "Certains passages s’en approchent, mais aucun ne répond assez sûrement pour être donné "
        "comme réponse."
    ),
    tips=(
        "Nommez la personne, le lieu ou la chose dont il s’agit.",
        "Demandez une seule chose à la fois.",
        "Essayez les mots qu’un article emploierait.",
    ),
    nearest=("Le passage le plus proche", "Les {n} passages les plus proches"),
    nearest_more="Ils sont les plus proches, mais ne répondent peut-être pas à la question.",
    refused="Cette question ne peut pas être posée.",
    question_empty="Écrivez d’abord une question, puis appuyez sur Entrée.",
    question_long=(
        "La question a {n} caractères ; {limit} au plus sont permis. "
        "Posez-la en une ou deux phrases."
    ),
    trouble="Une erreur s’est produite de notre côté.",
    trouble_more="La question n’a pas reçu de réponse. Posez-la de nouveau dans un instant.",
    trouble_again="Réessayez dans un instant ; le journal du serveur dit ce qui s’est passé.",
    no_entry="Il faut d’abord y être admis",
    no_entry_more=(
        "Ces archives répondent aux personnes qui se sont identifiées et aux programmes qui "
        "présentent un jeton. Ouvrez-les à l’adresse qu’on vous a donnée, ou adressez-vous à "
        "la personne qui s’en occupe."
    ),
    wrong_name="Les archives ne répondent pas sous ce nom",
    wrong_name_more=(
        "Elles ne répondent que sur leur propre machine. Derrière un proxy, il faut le nommer : "
        "quoth serve --proxy ADRESSE"
    ),
    wrong_site="Un autre site ne peut pas poser de questions en votre nom",
    wrong_site_more=(
        "La personne qui s’occupe des archives peut l’y autoriser : quoth serve "
        "--embed-origins ORIGINE"
    ),
    too_many="Trop de questions à la fois",
    too_many_more="Attendez {n} secondes, puis posez à nouveau votre question.",
    busy="Les archives sont occupées",
    busy_more=(
        "Beaucoup de questions sont traitées en ce moment. Posez à nouveau la vôtre dans "
        "quelques secondes."
    ),
    no_page="Il n’y a rien à cette adresse",
    no_page_more="Elle a peut-être été coupée en chemin.",
    too_large="La requête est trop grande",
    too_large_more="Elle dépasse {n} octets, la limite admise.",
    too_many_headers="Elle a plus de {n} champs d’en-tête.",
    no_method="Cela ne peut pas se faire ici",
    no_method_more="Les requêtes sont lues avec GET, HEAD, POST et OPTIONS.",
    vote_up="Cela répond",
    vote_down="Cela ne répond pas",
    vote_noted="C’est noté. Merci.",
    vote_withdrawn="Avis retiré.",
    vote_failed="L’avis n’a pas pu être enregistré. Réessayez plus tard.",
    vote_reason="Pourquoi ? (facultatif)",
    vote_send="Envoyer",
    vote_pick="Montrer les bons mots",
    vote_pick_how="Sélectionnez les mots qui répondent, ici ou dans un autre article.",
    vote_use="Prendre ces mots",
    vote_none="Sélectionnez d’abord des mots de l’article, {n} caractères au plus.",
    panel="L’article entier",
    close="Fermer",
    new_tab="Ouvrir dans un nouvel onglet",
    missing="Cet article n’est plus dans l’archive",
    missing_more="Il a été retiré, ou l’adresse est incomplète.",
    changed="L’article a changé depuis qu’il a été cité ; les mots ne sont pas marqués.",
    back="Interroger l’archive",
)
