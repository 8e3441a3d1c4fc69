# ruff: noqa: RUF001 - letters that look Latin are Greek and Cyrillic on purpose
"""Invented schools outside France and in regional languages, for the demo's memberships.

Each block: a line `country or region: towns`, then lines of names. A name with a Latin reading
for those who cannot type its script is written `name = reading`; `{}` stands for the town.
"""

LATIN_SCRIPT = """
Suède: Malmö, Umeå, Örebro, Kalmar
Björkskolan
Havsängens skola
Tallbackens grundskola
Älvdalens gymnasium

Norvège: Bergen, Tromsø, Bodø, Hamar
Fjellheim skole
Nordlys videregående
Østmarka ungdomsskole

Danemark: Aarhus, Odense, Ribe
Bøgeskolen
Søndre Skole
Åløkke friskole

Finlande: Oulu, Turku, Vaasa
Koivurannan koulu
Kuusiharjun lukio
Strandängens skola

Islande: Akureyri, Selfoss
Birkiskóli
Norðurhlíðarskóli

Allemagne: Bremen, Freiburg, Göttingen, Nürnberg, Rostock
Ahornhof-Gesamtschule
Grundschule am Mühlbach
Realschule Südstraße
Sophie-Scholl-Gymnasium {}

Autriche: Graz, Salzburg
Volksschule Sonnenwiese
Bundesgymnasium {}-Nord

Suisse: Fribourg, Sion, Winterthur
Établissement scolaire {}-Est
Schulhaus Grünau
Scuola media Al Lago

Belgique: Namur, Liège, Gand, Louvain
Athénée royal {}-Centre
Basisschool De Vuurtoren
Institut Sainte-Claire

Pays-Bas: Utrecht, Groningen, Zwolle, Breda
Basisschool De Wilgenhof
OBS Het Kompas
Stedelijk College {}
Vrije School De Zonnewijzer

Royaume-Uni: Durham, Exeter, Norwich, Swansea, Dundee
Oakfield Primary School
Hollybank High School
{} Riverside Academy
St Hilda's Church of England School

Irlande: Galway, Sligo
Gaelscoil na Mara
{} Community College

États-Unis: Duluth, Asheville, Tacoma
{} Unified School District
Maple Ridge Elementary
Roosevelt Middle School

Canada: Gatineau, Moncton, Halifax
École secondaire des Érables
Centre scolaire {}-Nord
Pine Harbour School

Espagne: Burgos, Cádiz, Murcia, Oviedo
IES Valle del Sol
CEIP Rosalía de Castro
Colegio Nuestra Señora del Camino

Portugal: Braga, Évora
Escola Básica da Ribeira
Agrupamento de Escolas de {}

Italie: Lucques, Bari, Sassari
Istituto comprensivo Via dei Platani
Scuola primaria Il Girasole

Pologne: Gdańsk, Łódź
Szkoła Podstawowa nr 27
Zespół Szkół pod Lipami

Catalogne: Girona, Lleida, Vic
Escola El Roure Gran
Institut Vall Serena
Col·legi Mare de Déu del Mar

Corse: Bastia, Corte, Porto-Vecchio, Cervione
Scola di u Castellu
Scola bislingua A Funtana
Cullegiu di u Fium'Altu

Pays basque: Bayonne, Saint-Jean-de-Luz, Mauléon-Licharre
Itsasertz ikastola
Haritza ikastetxea
Mendialde kolegioa

Bretagne: Quimper, Carhaix, Lannion
Skol Avel Vor
Skolaj ar Menez
Skol-vamm Bleunioù

Occitanie: Pau, Rodez, Albi
Escòla de la Fònt Freja
Collègi deu Gave
"""

OTHER_SCRIPTS = """
Grèce: Kalamata
1ο Γυμνάσιο Καλαμάτας = 1o Gymnasio Kalamatas
2ο Δημοτικό Σχολείο Καλαμάτας = 2o Dimotiko Scholeio Kalamatas

Grèce: Volos
3ο Γενικό Λύκειο Βόλου = 3o Geniko Lykeio Volou
Δημοτικό Σχολείο «Η Ελιά» = Dimotiko Scholeio I Elia

Grèce: La Canée
Μουσικό Σχολείο Χανίων = Mousiko Scholeio Chanion

Chypre: Limassol
Γυμνάσιο Αγίας Φύλας = Gymnasio Agias Fylas

Ukraine: Poltava
Гімназія № 3 «Калина» = Himnaziia 3 Kalyna
Ліцей імені Лесі Українки = Litsei imeni Lesi Ukrainky

Ukraine: Loutsk
Початкова школа «Дзвіночок» = Pochatkova shkola Dzvinochok

Bulgarie: Plovdiv
Основно училище „Христо Ботев“ = Osnovno uchilishte Hristo Botev
Езикова гимназия „Роза“ = Ezikova gimnaziya Roza

Serbie: Niš
Основна школа „Бели Багрем“ = Osnovna skola Beli Bagrem

Macédoine du Nord: Ohrid
Гимназија „Езеро“ = Gimnazija Ezero

Kazakhstan: Almaty
№ 41 мектеп-гимназия = 41 mektep-gimnaziia

Maroc: Rabat
مدرسة النور الابتدائية = Madrasat An-Nour
ثانوية ابن خلدون الإعدادية = Thanawiyat Ibn Khaldoun

Tunisie: Sousse
معهد ابن رشد = Maahad Ibn Rochd
المدرسة الإعدادية الزيتونة = Al-Madrasa Al-Idadiya Ezzitouna

Algérie: Constantine
متوسطة الأمل = Moutawassitat Al-Amal
ابتدائية الياسمين = Ibtidaiyat Al-Yasmine

Liban: Tripoli
مدرسة الأرز الرسمية = Madrasat Al-Arz

Égypte: Alexandrie
مدرسة المنارة الثانوية = Madrasat Al-Manara

Israël: Haïfa
בית ספר יסודי ארזים = Beit Sefer Arazim
תיכון רכס הכרמל = Tichon Reches HaCarmel

Israël: Beer-Sheva
בית ספר נווה מדבר = Beit Sefer Neve Midbar

Israël: Nazareth
חטיבת הביניים אלונים = Hativat HaBeinayim Alonim

Japon: Matsumoto
松本市立南山中学校 = Matsumoto Minamiyama Chugakko
みどりの丘小学校 = Midori no Oka Shogakko

Japon: Kanazawa
金沢東桜高等学校 = Kanazawa Higashizakura Koto Gakko

Japon: Nagasaki
長崎市立海星台小学校 = Nagasaki Kaiseidai Shogakko
さくら学園 = Sakura Gakuen

Chine: Suzhou
苏州市春晖小学 = Suzhou Chunhui Xiaoxue
苏州市第三十七中学 = Suzhou Di Sanshiqi Zhongxue

Chine: Kunming
昆明市翠湖畔学校 = Kunming Cuihupan Xuexiao

Taïwan: Tainan
臺南市文光國民小學 = Tainan Wenguang Guomin Xiaoxue
晨曦高級中學 = Chenxi Gaoji Zhongxue
"""
